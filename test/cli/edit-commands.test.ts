import assert from 'node:assert/strict';
import { UsageError } from '../../server/cli/command.ts';
import { configFrom } from '../../server/cli/config-values.ts';
import { dotPicture, mermaidPicture } from '../../server/cli/graph-picture.ts';
import { runCli } from '../support/child.ts';
import { TestServer } from '../support/server.ts';

describe('configFrom', () => {
  for (const [operands, want] of [
    [[], {}],
    [
      ['gain=0.5', 'on=true', 'path=a b.wav', 'text="7"'],
      { gain: 0.5, on: true, path: 'a b.wav', text: '7' },
    ],
    [['a.b.c=1', 'a.b.d=[1,2]', 'a.e=null'], { a: { b: { c: 1, d: [1, 2] }, e: null } }],
    [['url=http://x/?a=b'], { url: 'http://x/?a=b' }],
    [['empty='], { empty: '' }],
  ] as const)
    it(`reads ${JSON.stringify(operands)}`, () => {
      assert.deepEqual(configFrom(operands), want);
    });

  it('takes __proto__ for a name like any other', () => {
    const config = configFrom(['__proto__.polluted=1']);
    assert.deepEqual(Object.keys(config), ['__proto__']);
    assert.equal(({} as { polluted?: number }).polluted, undefined);
  });

  for (const operands of [['gain'], ['=1'], ['a..b=1'], ['a=1', 'a=2'], ['a=1', 'a.b=2']])
    it(`refuses ${operands.join(' ')}`, () => {
      assert.throws(() => configFrom(operands), UsageError);
    });
});

describe('pictures of a graph', () => {
  const picture = {
    processors: [
      { processorId: 'end', processorType: 'vendor."A"', owner: '' },
      { processorId: 'p.sink', processorType: 'B\\', owner: 'pipelines/p' },
    ],
    links: [
      { fromProcessor: 'end', fromPort: 'data', toProcessor: 'p.sink', toPort: 'data_in', delivery: 'every' },
    ],
  };

  it('are in the language of Graphviz', () => {
    assert.equal(
      dotPicture(picture),
      `digraph streamlib {
  rankdir=LR;
  node [shape=box];
  "end" [label="end\\nvendor.\\"A\\""];
  subgraph cluster_1 {
    label="pipelines/p";
    "p.sink" [label="p.sink\\nB\\\\"];
  }
  "end" -> "p.sink" [label="every", taillabel="data", headlabel="data_in"];
}
`,
    );
  });

  it('are in the language of Mermaid', () => {
    assert.equal(
      mermaidPicture(picture),
      `flowchart LR
  p0["end<br/>vendor.#34;A#34;"]
  subgraph o1["pipelines/p"]
    p1["p.sink<br/>B#92;"]
  end
  p0 -->|"data to data_in, every"| p1
`,
    );
  });
});

describe('the commands that edit', () => {
  let server: TestServer;

  before(async () => {
    server = await TestServer.start();
  });
  after(() => server.close());

  const call = (...args: string[]) => runCli(args, { env: { STREAMLIB_URL: server.url } });

  async function json(...args: string[]) {
    const { code, stdout, stderr } = await call(...args, '-o', 'json');
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    return JSON.parse(stdout);
  }

  it('make, change, link, draw and remove', async () => {
    const made = await json('create', 'SineGenerator', 'frequency_hz=880', '--id', 'tone', '--wait');
    assert.equal(made.processor_id, 'tone');
    await json('create', 'LevelMeter', '--id', 'meter');
    const link = await json(
      'connect',
      'tone.audio',
      'meter.audio',
      '--capacity',
      '9',
      '--delivery',
      'lossless',
    );
    const shown = await json('get', link.link_id);
    assert.deepEqual([shown.capacity_frames, shown.delivery], [9, 'lossless']);
    assert.equal((await json('get', 'tone')).config.frequency_hz, 880);
    const updated = await json('update', 'tone', 'frequency_hz=440');
    assert.equal((await json('update', 'tone', 'frequency_hz=440')).revision, updated.revision);
    assert.equal((await json('get', 'tone')).config.frequency_hz, 440);
    const { stdout: dot } = await call('graph');
    assert.match(dot, /"tone" -> "meter" \[label="lossless"/);
    const { stdout: mermaid } = await call('graph', '-o', 'mermaid');
    assert.match(mermaid, /^flowchart LR\n/);
    await json('disconnect', 'tone.audio', 'meter.audio');
    // The profile of the input, where the link names none.
    await json('connect', 'tone.audio', 'meter.audio');
    assert.match((await call('graph')).stdout, /"tone" -> "meter" \[label="(latest|every|lossless)"/);
    const { code, stdout } = await call('rm', 'tone', 'meter');
    assert.equal(code, 0);
    assert.match(stdout, /^tone +\d+ +done\nmeter +\d+ +done$/m);
  });

  it('start, pause, resume and stop', async () => {
    await json('create', 'SineGenerator', '--id', 'other');
    await json('start', '--wait');
    await json('pause', 'other', '--wait');
    assert.equal((await json('get', 'other')).state, 'paused');
    await json('resume', 'other', '--wait');
    await json('restart', 'other', '--wait');
    assert.equal((await json('get', 'other')).state, 'running');
    await json('pause');
    assert.equal((await json('status')).status, 'paused');
    await json('resume');
    await json('stop', '--wait');
    assert.equal((await json('status')).status, 'stopped');
    await json('rm', 'other');
  });

  for (const [args, wantCode, message] of [
    [['create', 'Sine'], 1, /"Sine".*SineGenerator/],
    [['create', 'SineGenerator', 'frequency_hz=loud'], 1, /frequency_hz must be .*"loud"/],
    [['create', 'SineGenerator', 'frequency'], 2, /key=value, was "frequency"/],
    [['update', 'nobody', 'a=1'], 1, /nobody/],
    [['get', 'nobody'], 1, /"nobody"/],
    [['rm', 'nobody'], 1, /"nobody"/],
    [['connect', 'audio', 'a.b'], 2, /PROCESSOR.PORT, was "audio"/],
    [['disconnect', 'a.b', 'c.d'], 1, /no link from a.b to c.d/],
    [['restart'], 2, /takes ID/],
    [['start', 'tone'], 2, /takes no operands/],
    [['create', 'NullSink', '--expected-revision', '0'], 1, /revision/],
  ] as const)
    it(`say what is wrong with ${args.join(' ')}, and change nothing`, async () => {
      const before = await json('status');
      const { code, stdout, stderr } = await call(...args);
      assert.deepEqual({ code, stdout }, { code: wantCode, stdout: '' }, stderr);
      assert.match(stderr, message);
      assert.equal((await json('status')).revision, before.revision);
    });
});
