import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type ChildEnd, runCli } from '../support/child.ts';
import { TestServer } from '../support/server.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';

const TONE = `processors:
  - id: tone
    type: SineGenerator
    config: { frequency_hz: 440 }
  - id: meter
    type: LevelMeter
links:
  - { id: wire, from: tone.audio, to: meter.audio }
`;

describe('streamlib apply, diff and export', () => {
  const inFolder = useTemporaryFolder();
  let server: TestServer;

  beforeEach(async () => {
    server = await TestServer.start();
    await server.runtime.start();
  });
  afterEach(() => server.close());

  const env = () => ({ STREAMLIB_URL: server.url });
  const run = (args: readonly string[], text: string): Promise<ChildEnd> =>
    runCli([...args, '-f', '-'], { env: env(), stdin: text });

  async function succeed(args: readonly string[], text: string): Promise<string[]> {
    const { code, stdout, stderr } = await run(args, text);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    return stdout.trimEnd().split('\n');
  }

  const idsOf = async () =>
    (await server.runtime.getGraph()).processors.map(({ processorId }) => processorId);

  it('applies a file, tells each change, and finds nothing to do the second time', async () => {
    const file = inFolder('graph.yaml');
    writeFileSync(file, TONE);
    const { code, stdout } = await runCli(['apply', '-f', file], { env: env() });
    assert.equal(code, 0);
    assert.equal(
      stdout,
      [
        '+ created  processors/tone',
        '+ created  processors/meter',
        '+ created  connections/wire',
        '',
        'revision 1: 3 created',
        '',
      ].join('\n'),
    );
    assert.deepEqual(await succeed(['apply', '--prune'], TONE), ['nothing to do at revision 1: 3 kept']);
  });

  it('keeps what the file does not name unless it prunes', async () => {
    await server.runtime.addProcessor({ type: 'NullSink', id: 'other' });
    await succeed(['apply'], TONE);
    assert.deepEqual(await idsOf(), ['meter', 'other', 'tone']);
    const lines = await succeed(['apply', '--prune'], TONE);
    assert.deepEqual(lines, ['- deleted  processors/other', '', 'revision 3: 1 deleted, 3 kept']);
    assert.deepEqual(await idsOf(), ['meter', 'tone']);
  });

  for (const args of [['diff'], ['apply', '--dry-run']]) {
    it(`${args.join(' ')} tells what would change and restart, and touches nothing`, async () => {
      await succeed(['apply'], TONE);
      const changed = TONE.replace('type: LevelMeter', 'type: LevelMeter\n    placement: { lane: other }');
      const lines = await succeed([...args, '--prune'], changed.replace('440', '880'));
      assert.deepEqual(lines.slice(0, 4).sort(), [
        '! restarts  processors/meter  placement',
        '! restarts  processors/tone   config, unless taken live',
        '~ updated   processors/meter  placement',
        '~ updated   processors/tone   config',
      ]);
      assert.equal(lines[5], 'LINK  MAY DROP  PAUSE ms');
      assert.match(lines[6] ?? '', /^wire {2}\d+ +-$/);
      assert.equal(lines.at(-1), 'dry run at revision 1: 2 updated, 1 kept, 2 restarted');
      assert.equal((await server.runtime.getState()).revision, 1n);
    });
  }

  it('names the field and the line of what the server refuses', async () => {
    const { code, stderr } = await run(['apply'], TONE.replace('440', '-1'));
    assert.equal(code, 1);
    assert.equal(
      stderr,
      '(standard input):4:15 (processors[0].config.frequency_hz): config.frequency_hz must be > 0, was -1\n',
    );
    assert.equal((await server.runtime.getState()).revision, 0n);
  });

  it('names the line of what is no graph file, and needs no server for it', async () => {
    const { code, stderr } = await run(
      ['diff', '--url', 'http://127.0.0.1:1'],
      'processors:\n  - { id: 7 }\n',
    );
    assert.equal(code, 1);
    assert.match(stderr, /^\(standard input\):2:7 \(processors\[0\]\.id\): must be of type string, was 7$/m);
  });

  it('answers in JSON for scripts', async () => {
    const answer = JSON.parse((await succeed(['apply', '-o', 'json'], TONE)).join('\n'));
    assert.deepEqual([answer.revision, answer.effective, answer.changes.length], [1, true, 3]);
    assert.deepEqual(answer.changes[0], { kind: 'created', processor_id: 'tone', reason: '' });
  });

  it('exports what it applied, in both formats, and applying that changes nothing', async () => {
    await succeed(['apply'], TONE);
    const { code, stdout } = await runCli(['export'], { env: env() });
    assert.equal(code, 0);
    const json = await runCli(['export', '-o', 'json'], { env: env() });
    assert.deepEqual(JSON.parse(json.stdout), parse(stdout));
    assert.deepEqual(await succeed(['apply', '--prune'], stdout), ['nothing to do at revision 1: 3 kept']);
    assert.deepEqual(await succeed(['diff', '--prune'], json.stdout), [
      'nothing to do at revision 1: 3 kept',
    ]);
  });
});
