import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TestServer } from '../../support/server.ts';
import { damaged } from './arbitrary-bytes.ts';
import { FUZZ_RUNS, FUZZ_TIMEOUT_MS } from './fuzz-runs.ts';

const YAML = `# A tone into two sinks.
processors:
  - &tone { id: tone, type: SineGenerator, config: { frequency_hz: 4.4e+2 }, labels: { room: "a b" } }
  - id: sink
    type: NullSink
    supervision: { error_policy: skip_frame }
    display_name: |
      many
      lines
  - id: meter
    type: LevelMeter
links:
  - { from: tone.audio, to: sink.data, delivery: latest, capacity_frames: 0x8 }
  - from: tone.audio
    to: meter.audio
`;
const JSON_FILE = JSON.stringify({
  processors: [
    { id: 'tone', type: 'SineGenerator', config: { frequency_hz: 440 } },
    { id: 'sink', type: 'NullSink' },
  ],
  links: [{ id: 'line', from: 'tone.audio', to: 'sink.data', delivery: 'every' }],
});

/** What means something in YAML or in JSON. */
const tokens = fc.constantFrom(
  ...[
    '&a ',
    '*a',
    '*tone',
    '<<: ',
    '!!binary ',
    '!!js/function ',
    '!!set ',
    '? ',
    '- ',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
  ],
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    ': ',
    '"',
    "'",
    '|',
    '>',
    '#',
    '\t',
    '\r',
    '\n',
    '\n  ',
    '\0',
    '\ufeff',
    '\u2028',
  ],
  ...[
    'null',
    '~',
    'NaN',
    '.inf',
    '1e999',
    '-0',
    '0o7',
    '9007199254740993',
    '2001-01-01',
    'yes',
    'tone.audio',
    '.',
    '..',
  ],
  ...[
    '__proto__: ',
    'constructor: ',
    'processors: ',
    'links: ',
    'id: ',
    'type: ',
    'config: ',
    'from: ',
    'to: ',
  ],
  ...['\\u0000', '\\ud800', '\u{1f600}', 'x'.repeat(300)],
);

function rewritten(text: string): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.nat(text.length), fc.nat(6), fc.oneof(tokens, fc.string({ maxLength: 3 })));
  return fc.array(change, { minLength: 1, maxLength: 5 }).map((changes) => {
    let result = text;
    for (const [place, removed, inserted] of changes) {
      result = result.slice(0, place) + inserted + result.slice(place + removed);
    }
    return Buffer.from(result);
  });
}

const file = fc.oneof(
  rewritten(YAML),
  rewritten(JSON_FILE),
  damaged(fc.constantFrom(YAML, JSON_FILE).map((text) => Buffer.from(text))),
  fc.array(tokens, { maxLength: 30 }).map((all) => Buffer.from(all.join(''))),
  fc.json().map((text) => Buffer.from(text)),
);

/** Each level names the one before it several times: a few hundred bytes that are billions when they are written out. */
const GROWING = `a0: &a0 [x]\n${Array.from({ length: 30 }, (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level},`.repeat(9)}]\n`).join('')}processors: *a30\n`;

describe('any graph file', function () {
  this.timeout(FUZZ_TIMEOUT_MS);
  let server: TestServer;

  before(async () => {
    server = await TestServer.start();
  });

  after(() => server.close());

  async function importFile(body: Uint8Array, type: string): Promise<{ status: number; text: string }> {
    const answer = await fetch(`${server.url}/api/graph:import?dry_run=true`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: Buffer.from(body),
      signal: AbortSignal.timeout(20_000),
    });
    return { status: answer.status, text: await answer.text() };
  }

  it('is taken or refused with a reason, and never finds a failure of the server', async () => {
    await fc.assert(
      fc.asyncProperty(file, fc.constantFrom('yaml', 'json'), async (body, format) => {
        const { status, text } = await importFile(body, `application/${format}`);
        assert.ok(status < 500, text);
        assert.equal(typeof JSON.parse(text), 'object');
      }),
      { numRuns: FUZZ_RUNS },
    );
    assert.equal((await server.runtime.getGraph()).processors.length, 0);
  });

  for (const { what, text } of [
    { what: 'aliases that grow without bound', text: GROWING },
    { what: 'brackets without an end', text: '['.repeat(100_000) },
    { what: 'an alias within itself', text: 'processors: &a [*a]\n' },
    { what: 'the prototype of objects', text: '{"__proto__": {"processors": []}, "processors": []}' },
  ]) {
    it(`refuses ${what}`, async () => {
      const { status, text: answer } = await importFile(Buffer.from(text), 'application/yaml');
      assert.equal(status, 400, answer);
    });
  }
});
