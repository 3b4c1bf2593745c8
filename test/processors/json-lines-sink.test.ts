import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import JsonLinesSink from '../../server/processors/json-lines-sink.ts';
import { AudioFrame } from '../../server/runtime/frame/audio-frame.ts';
import { DataFrame, dataLayout } from '../../server/runtime/frame/data-frame.ts';
import type { JsonObject } from '../../server/runtime/json.ts';
import { ProcessorHarness } from '../support/processor-harness.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';

const LAYOUT = dataLayout({ x: 1 });

function feed(sink: ProcessorHarness, from: number, to: number): void {
  for (let id = from; id < to; id++) {
    sink.feed('data', DataFrame, LAYOUT, (frame) => {
      frame.sequenceId = id;
      frame.channel('x')[0] = id / 2;
    });
  }
}

const idsOf = (path: string): number[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).sequence_id);

describe('JsonLinesSink', () => {
  const folder = useTemporaryFolder();

  async function start(config: JsonObject = {}): Promise<ProcessorHarness> {
    const sink = new ProcessorHarness(JsonLinesSink, {
      config: { path: folder('a/b/out.jsonl'), ...config },
    });
    await sink.setup();
    return sink;
  }

  it('has every frame in the file as one line of JSON when process returns', async () => {
    const sink = await start();
    feed(sink, 0, 1);
    sink.feed('data', AudioFrame.any, { channels: 1, samples: 2, sampleRateHz: 8000 }, (frame) => {
      frame.channel(0).set([0.5, -1]);
    });
    await sink.process();
    const lines = readFileSync(folder('a/b/out.jsonl'), 'utf8').split('\n');
    assert.deepEqual(
      lines.filter(Boolean).map((line) => JSON.parse(line)),
      [
        { timestamp_us: 0, sequence_id: 0, payload: { x: [0] }, metadata: {} },
        { sample_rate_hz: 8000, channels: 1, samples: 2, sample_position: 0, planes: [[0.5, -1]] },
      ],
    );
    assert.equal(lines.at(-1), '');
    assert.equal(sink.pool.inUse, 0);
    await sink.teardown();
  });

  it('goes on with the file of an earlier run, behind a line that a crash cut off', async () => {
    mkdirSync(folder('a/b'), { recursive: true });
    writeFileSync(folder('a/b/out.jsonl'), '{"sequence_id":7}\n{"sequ');
    const sink = await start();
    feed(sink, 8, 9);
    await sink.processAll();
    await sink.teardown();
    const lines = readFileSync(folder('a/b/out.jsonl'), 'utf8').split('\n');
    assert.equal(lines[1], '{"sequ');
    assert.equal(JSON.parse(lines[2] as string).sequence_id, 8);
  });

  it('stays within its bound and keeps the newest lines, over several runs', async () => {
    const config = { max_bytes: 1024, keep_files: 2 };
    for (let run = 0; run < 3; run++) {
      const sink = await start(config);
      feed(sink, run * 100, (run + 1) * 100);
      await sink.processAll();
      await sink.teardown();
    }
    const names = readdirSync(folder('a/b')).sort();
    assert.deepEqual(names, ['out.jsonl', 'out.jsonl.1', 'out.jsonl.2']);
    for (const name of names) assert.ok(statSync(folder(`a/b/${name}`)).size <= 1024);
    const ids = ['out.jsonl.2', 'out.jsonl.1', 'out.jsonl'].flatMap((name) => idsOf(folder(`a/b/${name}`)));
    assert.equal(ids.at(-1), 299);
    assert.deepEqual(
      ids,
      ids.map((_, i) => 300 - ids.length + i),
    );
  });

  for (const { keepFiles, want } of [
    { keepFiles: 0, want: ['out.jsonl'] },
    { keepFiles: 1, want: ['out.jsonl', 'out.jsonl.1'] },
  ]) {
    it(`removes what was kept beyond keep_files ${keepFiles}`, async () => {
      const sink = await start({ max_bytes: 1024, keep_files: 3 });
      feed(sink, 0, 100);
      await sink.processAll();
      assert.ok(existsSync(folder('a/b/out.jsonl.3')));
      const config = { path: folder('a/b/out.jsonl'), max_bytes: 1024, keep_files: keepFiles };
      assert.equal(sink.configure(config, JsonLinesSink), true);
      feed(sink, 100, 200);
      await sink.processAll();
      await sink.teardown();
      assert.deepEqual(readdirSync(folder('a/b')).sort(), want);
    });
  }

  it('leaves out a line that is longer than a file may be, and counts it', async () => {
    const sink = await start({ max_bytes: 1024 });
    sink.feed('data', DataFrame, dataLayout({ long: 1000 }), () => {});
    feed(sink, 1, 2);
    await sink.processAll();
    await sink.teardown();
    assert.deepEqual(idsOf(folder('a/b/out.jsonl')), [1]);
    assert.equal(sink.logs.at(-1)?.fields?.lines, 1);
  });

  it('asks for a restart for another path', async () => {
    const sink = await start();
    assert.equal(sink.configure({ path: folder('other.jsonl') }, JsonLinesSink), false);
    await sink.teardown();
  });

  for (const { name, make } of [
    { name: 'a folder in its place', make: () => mkdirSync(folder('a/b/out.jsonl'), { recursive: true }) },
    { name: 'a file in place of a folder', make: () => writeFileSync(folder('a'), '') },
  ]) {
    it(`names the file for ${name}`, async () => {
      make();
      await assert.rejects(start(), { code: 'SETUP_FAILED', path: 'config.path', message: /out\.jsonl: E/ });
    });
  }
});
