import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineNode } from '../../server/processor.ts';
import { BUILT_IN_REGISTRIES } from '../../server/registries.ts';
import { inputPort, outputPort } from '../../server/runtime/ids.ts';
import { createLog } from '../../server/runtime/logging.ts';
import { StreamRuntime } from '../../server/runtime/stream-runtime.ts';
import { eventually } from '../support/eventually.ts';
import { Adder } from '../support/pipeline-nodes.ts';
import { PIPELINE_NODES } from '../support/pipelines.ts';

describe('nodes in a runtime', () => {
  let runtime: StreamRuntime;
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'streamlib-nodes-'));
    runtime = await StreamRuntime.create({
      registries: [...BUILT_IN_REGISTRIES, PIPELINE_NODES],
      log: createLog({ '': 'error' }),
    });
  });

  afterEach(async () => {
    await runtime.close();
    await rm(folder, { recursive: true });
  });

  /** What a node of a type makes of frames with these sequences, as sequence and value. */
  async function throughNode(type: string, sequences: readonly number[]): Promise<(number | undefined)[][]> {
    const input = join(folder, 'in.jsonl');
    const output = join(folder, 'out.jsonl');
    const lines = sequences.map((sequence_id) =>
      JSON.stringify({ timestamp_us: 1, sequence_id, payload: { value: [sequence_id] }, metadata: {} }),
    );
    await writeFile(input, `${lines.join('\n')}\n`);
    await runtime.addProcessor({
      id: 'source',
      type: 'JsonLinesSource',
      config: { path: input, pace: 'fast' },
    });
    await runtime.addProcessor({ id: 'node', type });
    await runtime.addProcessor({ id: 'sink', type: 'JsonLinesSink', config: { path: output } });
    const narrow = { delivery: 'lossless', capacityFrames: 1 } as const;
    await runtime.connect(outputPort('source', 'data'), inputPort('node', 'data_in'), narrow);
    await runtime.connect(outputPort('node', 'data_out'), inputPort('sink', 'data'), narrow);
    await runtime.start();
    await runtime.ended();
    const text = await readFile(output, 'utf8');
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { sequence_id: number; payload: { value: number[] } })
      .map(({ sequence_id, payload }) => [sequence_id, payload.value[0]]);
  }

  it('turn one frame into one', async () => {
    assert.deepEqual(await throughNode('test.Adder', [1, 2, 3]), [
      [1, 2],
      [2, 3],
      [3, 4],
    ]);
  });

  it('pass the frame that came in, or drop it', async () => {
    assert.deepEqual(await throughNode('test.OddOnly', [1, 2, 3]), [
      [1, 1],
      [3, 3],
    ]);
  });

  it('run until their input is closed, held back by what follows, and still send at their end', async () => {
    const sequences = Array.from({ length: 40 }, (_, i) => i);
    const sent = await throughNode('test.Doubler', sequences);
    assert.deepEqual(
      sent.map(([sequence]) => sequence),
      [...sequences.flatMap((sequence) => [sequence, sequence]), 999],
    );
  });

  it('fail with the error of their onCreate', async () => {
    await runtime.addProcessor({ id: 'broken', type: 'test.Broken' });
    await runtime.start();
    await eventually(async () => (await runtime.getProcessor('broken')).error !== undefined, 'it fails');
    assert.equal((await runtime.getProcessor('broken')).error?.message, 'the device is missing');
  });

  it('must implement something', () => {
    class Idle {
      static readonly descriptor = Adder.descriptor;
      onClose(): void {}
    }
    assert.throws(() => defineNode(Idle), new TypeError('test.Adder must implement process or run'));
  });
});
