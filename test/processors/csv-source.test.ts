import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import CsvSource from '../../server/processors/csv-source.ts';
import type { DataFrameView } from '../../server/runtime/frame/data-frame.ts';
import type { JsonObject } from '../../server/runtime/json.ts';
import { ManualClock, ProcessorHarness } from '../support/processor-harness.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';

describe('CsvSource', () => {
  const folder = useTemporaryFolder();
  const started: ProcessorHarness[] = [];
  afterEach(async () => {
    for (const source of started.splice(0)) await source.teardown();
  });

  async function start(content: string | Buffer, config: JsonObject = {}, name = 'data.csv') {
    const path = folder(name);
    writeFileSync(path, content);
    const clock = new ManualClock();
    const source = new ProcessorHarness(CsvSource, { config: { path, ...config }, clock });
    started.push(source);
    await source.setup();
    return { source, clock };
  }

  async function payloads(
    content: string | Buffer,
    config: JsonObject = {},
    name = 'data.csv',
  ): Promise<unknown[]> {
    const { source } = await start(content, config, name);
    await source.processToEnd();
    return source.takeJson('data').map((frame) => (frame as JsonObject).payload);
  }

  it('makes a frame of each record and a channel of each column of numbers', async () => {
    const got = await payloads('name,x, y \nfirst,1,-2.5\nsecond,1e3,\n');
    assert.deepEqual(got, [
      { x: [1], y: [-2.5] },
      { x: [1000], y: [NaN] },
    ]);
  });

  for (const { name, content, config, file } of [
    { name: 'a byte order mark', content: '\ufeffx\n1\n2\n', config: {}, file: 'data.csv' },
    { name: 'gzip', content: gzipSync('x\n1\n2\n'), config: {}, file: 'data.csv.gz' },
    { name: 'another delimiter', content: 'a;x\nq,q;1\nq;2\n', config: { delimiter: ';' }, file: 'data.csv' },
    {
      name: 'a choice of columns',
      content: 'a,x,b\n1,1,1\n2,2,2\n',
      config: { channels: ['x'] },
      file: 'data.csv',
    },
    {
      name: 'a broken record to skip',
      content: 'x\n1\noops\n2\n',
      config: { on_error: 'skip' },
      file: 'data.csv',
    },
  ]) {
    it(`reads a file with ${name}`, async () => {
      assert.deepEqual(await payloads(content, config, file), [{ x: [1] }, { x: [2] }]);
    });
  }

  it('streams a file that is much larger than a piece of it', async () => {
    const lines = Array.from({ length: 100_000 }, (_, i) => `${i},${i * 2}`);
    const { source } = await start(gzipSync(`x,y\n${lines.join('\n')}\n`), {}, 'large.csv.gz');
    let count = 0;
    let sum = 0;
    while (!source.ended) {
      await source.process();
      for (const frame of source.output('data').frames.splice(0) as DataFrameView[]) {
        assert.equal(frame.sequenceId, count++);
        sum += frame.channel('y')[0] as number;
        frame.release();
      }
    }
    assert.equal(count, 100_000);
    assert.equal(sum, 99_999 * 100_000);
    assert.equal(source.pool.inUse, 0);
  });

  it('takes event time from its column, which is no channel', async () => {
    const { source } = await start('t,x\n2026-02-28T12:00:00Z,1\n', { timestamp_column: 't' });
    await source.processToEnd();
    const [frame] = source.output('data').frames as DataFrameView[];
    assert.equal(frame?.timestampUs, Date.UTC(2026, 1, 28, 12) * 1000);
    assert.deepEqual(frame?.channelNames, ['x']);
  });

  it('takes the present for event time without a column for it', async () => {
    const { source, clock } = await start('x\n1\n');
    await source.process();
    const [frame] = source.output('data').frames as DataFrameView[];
    assert.equal(frame?.timestampUs, clock.utcUs());
  });

  async function countAfterEachStep(
    config: JsonObject,
    content: string,
    stepMs: number,
    steps: number,
  ): Promise<number[]> {
    const { source, clock } = await start(content, config);
    const counts: number[] = [];
    for (let step = 0; step < steps; step++) {
      await source.process();
      counts.push(source.output('data').frames.length);
      clock.advanceMs(stepMs);
    }
    return counts;
  }

  it('replays at a rate', async () => {
    const counts = await countAfterEachStep({ pace: 'rate', rate_hz: 100 }, 'x\n1\n2\n3\n4\n', 5, 6);
    assert.deepEqual(counts, [1, 1, 2, 2, 3, 3]);
  });

  it('replays by its timestamps, faster by the factor', async () => {
    const config = { pace: 'timestamps', timestamp_column: 't', timestamp_unit: 'ms', speed: 2 };
    const counts = await countAfterEachStep(config, 't,x\n1000,1\n1020,2\n1020,3\n1060,4\n', 10, 5);
    assert.deepEqual(counts, [1, 3, 3, 4, 4]);
  });

  it('goes on from now after a stop instead of catching up', async () => {
    const config = { pace: 'timestamps', timestamp_column: 't', timestamp_unit: 's' };
    const { source, clock } = await start('t,x\n0,1\n1,2\n2,3\n3,4\n', config);
    await source.process();
    clock.advanceMs(60_000);
    await source.process();
    assert.equal(source.output('data').frames.length, 2);
    clock.advanceMs(1000);
    await source.process();
    assert.equal(source.output('data').frames.length, 3);
  });

  it('waits for a link and for room on it', async () => {
    const { source } = await start('x\n1\n2\n3\n');
    const output = source.output('data');
    output.links = 0;
    await source.process();
    assert.equal(output.frames.length, 0);
    output.links = 1;
    output.credit = 2;
    await source.process();
    assert.equal(output.frames.length, 2);
    assert.equal(source.ended, false);
  });

  for (const { name, content, config, want } of [
    { name: 'an empty file', content: '', config: {}, want: /data\.csv: it has no header row/ },
    {
      name: 'a column without a name',
      content: 'x,\n1,2\n',
      config: {},
      want: /at line 1: column 2 has no name/,
    },
    {
      name: 'a column name used twice',
      content: 'x,x\n1,2\n',
      config: {},
      want: /two columns are called "x"/,
    },
    { name: 'no column of numbers', content: 'x\nhello\n', config: {}, want: /no column holds numbers/ },
    {
      name: 'a channel that is no column',
      content: 'x,y\n1,2\n',
      config: { channels: ['z'] },
      want: /must be one of x, y, was "z"/,
    },
    {
      name: 'a timestamp column that is none',
      content: 'x\n1\n',
      config: { timestamp_column: 't' },
      want: /must be one of x, was "t"/,
    },
  ]) {
    it(`refuses ${name} at once`, async () => {
      await assert.rejects(start(content, config), {
        code: 'SETUP_FAILED',
        path: 'config.path',
        message: want,
      });
    });
  }

  it('refuses to replay by timestamps without a column for them', async () => {
    await assert.rejects(start('x\n1\n', { pace: 'timestamps' }), {
      code: 'SETUP_FAILED',
      path: 'config.timestamp_column',
    });
  });

  it('names a file that does not exist', async () => {
    const source = new ProcessorHarness(CsvSource, { config: { path: folder('none.csv') } });
    await assert.rejects(source.setup(), {
      code: 'SETUP_FAILED',
      path: 'config.path',
      message: /none\.csv: ENOENT/,
    });
  });

  for (const { name, content, config, want } of [
    {
      name: 'a cell that is no number',
      content: 'a,x\n1,1\n1,oops\n',
      config: {},
      want: /line 3: column "x" must be a number, was "oops"$/,
    },
    {
      name: 'a record that is too short',
      content: 'a,x\n1,1\n1\n',
      config: {},
      want: /line 3: there must be 2 cells, as in the header, was 1$/,
    },
    {
      name: 'a time that is none',
      content: 't,x\n1,1\n',
      config: { timestamp_column: 't' },
      want: /line 2: column "t" must be an ISO 8601 time, was "1"$/,
    },
    {
      name: 'a quote that is not closed',
      content: 'x\n1\n"2\n',
      config: {},
      want: /line 3: a quote is not closed$/,
    },
  ]) {
    it(`stops at ${name} and says where`, async () => {
      const { source } = await start(content, config);
      await assert.rejects(source.processToEnd(), {
        code: 'PROCESS_FAILED',
        path: 'config.path',
        message: want,
      });
    });
  }

  it('stops at a gzip file that is cut off', async () => {
    const rows = Array.from({ length: 50_000 }, (_, i) => `${Math.sin(i)}\n`).join('');
    const whole = gzipSync(`x\n${rows}`);
    const { source } = await start(whole.subarray(0, whole.length / 2), {}, 'cut.csv.gz');
    await assert.rejects(source.processToEnd(), {
      code: 'PROCESS_FAILED',
      message: /cut\.csv\.gz: unexpected end of file/,
    });
  });

  it('counts what it skips', async () => {
    const { source } = await start('x\n1\noops\n2\n3,4\n', { on_error: 'skip' });
    await source.processToEnd();
    await source.teardown();
    assert.equal(source.logs.at(-1)?.fields?.records, 2);
  });
});
