import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { runCli } from '../support/child.ts';
import { TestServer } from '../support/server.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';

const PIPELINE_PARTS = new URL('../../server/pipelines/parts/index.ts', import.meta.url).href;

const CONFIG = {
  $schema: 'docs/pipeline.schema.json',
  nodes: [
    { id: 'gain', type: 'Gain', config: { gain: 2 } },
    { id: 'offset', type: 'Offset', config: { offset: 1 } },
  ],
  connections: [{ from: 'gain', to: 'offset' }],
};

describe('the commands about pipelines, and call', () => {
  let server: TestServer;
  const path = useTemporaryFolder();

  before(async () => {
    server = await TestServer.start({ registries: [PIPELINE_PARTS] });
    await server.runtime.start();
  });
  after(() => server.close());

  const call = (...args: string[]) => runCli(args, { env: { STREAMLIB_URL: server.url } });

  async function print(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await call(...args);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    return stdout;
  }

  function file(name: string, value: unknown): string {
    const place = path(name);
    writeFileSync(place, JSON.stringify(value));
    return place;
  }

  it('check a config, make it, run frames through it, and take it away', async () => {
    const config = file('config.json', CONFIG);
    assert.match(await print('pipeline', 'validate', config), /^valid +gain, offset$/m);
    const made = JSON.parse(await print('pipeline', 'create', config, '--id', 'vib', '--wait', '-o', 'json'));
    assert.deepEqual([made.pipeline_id, made.effective], ['vib', true]);
    assert.match(await print('pipeline', 'list'), /^vib +running +2 +0 +0 +0 +0$/m);
    const frame = JSON.stringify({ timestamp_us: 5, payload: { x: { values: [1, 2.5] } } });
    assert.match(await print('pipeline', 'execute', 'vib', frame), /^offset +data_out +x +3 6$/m);
    const answer = JSON.parse(
      await print('pipeline', 'execute', 'vib', file('frame.json', JSON.parse(frame)), '-o', 'json'),
    );
    assert.deepEqual(answer.outputs[0].frame.payload.x.values, [3, 6]);
    assert.match(await print('pipeline', 'stats', 'vib'), /^executions +2$/m);
    const watched = print('pipeline', 'watch', 'vib', '-n', '1');
    const isWatched = await Promise.race([triggerUntil(watched), watched.then(() => true)]);
    assert.ok(isWatched);
    const line = JSON.parse(await watched);
    assert.deepEqual(line.output.frame.payload.x.values, [3, 6]);
    assert.equal(JSON.parse(await print('pipeline', 'get', 'vib', '-o', 'json')).nodes.length, 2);
    await print('pipeline', 'rm', 'vib', '--wait');
    assert.doesNotMatch(await print('pipeline', 'list'), /vib/);

    /** A watch shows what comes after it has begun, which nobody is told. */
    async function triggerUntil(end: Promise<unknown>): Promise<boolean> {
      let isOver = false;
      void end.then(() => {
        isOver = true;
      });
      while (!isOver) await print('pipeline', 'trigger', 'vib', frame);
      return true;
    }
  });

  it('tell every fault of a config with its place', async () => {
    const bad = file('bad.json', {
      ...CONFIG,
      nodes: [{ id: 'gain', type: 'Gian' }],
    });
    const { code, stdout } = await call('pipeline', 'validate', bad);
    assert.equal(code, 1);
    assert.match(stdout, /^nodes\[0\].type +PROCESSOR_TYPE_UNKNOWN /m);
    assert.match(stdout, /^connections\[0\]\S* +/m);
  });

  for (const [args, wantCode, message] of [
    [['pipeline', 'do'], 2, /ACTION must be one of list.*"do"/],
    [['pipeline', 'get'], 2, /get takes 1 operands more, was 0/],
    [['pipeline', 'get', 'nobody'], 1, /"nobody"/],
    [['pipeline', 'create', 'none.json'], 2, /FILE must be a file that can be read, was "none.json"/],
    [['pipeline', 'execute', 'vib', '{'], 2, /FRAME must be JSON/],
    [['pipeline', 'execute', 'vib', '{"payloads":{}}'], 2, /payloads/],
    [['call', 'GetNothing'], 2, /METHOD must be one of .*GetProcessor.*"GetNothing"/],
    [['call', 'GetProcessor', 'processor=1'], 2, /processor/],
    [['call', 'GetProcessor', 'processor_id=nobody'], 1, /"nobody"/],
  ] as const)
    it(`say what is wrong with ${args.join(' ')}`, async () => {
      const { code, stderr } = await call(...args);
      assert.equal(code, wantCode, stderr);
      assert.match(stderr, message);
    });

  it('call any method as REST would, and print streams line by line', async () => {
    const made = JSON.parse(
      await print(
        'call',
        'CreateProcessor',
        'processor_type=NullSink',
        'processor_id=a',
        'wait=effective',
        'labels={"k":"v"}',
      ),
    );
    assert.deepEqual([made.processor.state, made.processor.labels], ['running', { k: 'v' }]);
    const state = await print('call', 'GetRuntimeState', '-o', 'yaml');
    assert.match(state, /^status: running$/m);
  });

  it('tell errors in JSON, with reason and fields', async () => {
    const { code, stderr } = await call('create', 'SineGenerator', 'frequency_hz=-1', '-o', 'json');
    assert.equal(code, 1);
    const { error } = JSON.parse(stderr);
    assert.deepEqual([error.code, error.reason], ['invalid_argument', 'CONFIG_INVALID']);
    assert.match(error.violations[0].field, /frequency_hz$/);
  });

  it('tell with --dry-run what an edit would do, and do nothing', async () => {
    await print('create', 'SineGenerator', '--id', 'tone');
    await print('create', 'LevelMeter', '--id', 'meter');
    const { revision } = JSON.parse(await print('status', '-o', 'json'));
    for (const [args, want] of [
      [['create', 'NullSink', '--id', 'b'], /^\+ created +processors\/b/m],
      [['update', 'tone', 'frequency_hz=1'], /^~ updated +processors\/tone/m],
      [['connect', 'tone.audio', 'meter.audio', '--id', 'l'], /^\+ created +connections\/l/m],
      [['rm', 'tone', 'meter'], /^- deleted +processors\/meter/m],
    ] as const)
      assert.match(await print(...args, '--dry-run'), want);
    assert.equal(JSON.parse(await print('status', '-o', 'json')).revision, revision);
  });

  it('make an edit once, however often it is asked for with one id', async () => {
    const args = ['create', 'NullSink', '--id', 'once', '--request-id', 'cli-1', '-o', 'json'];
    const first = JSON.parse(await print(...args));
    assert.equal(JSON.parse(await print(...args)).revision, first.revision);
  });
});
