import assert from 'node:assert/strict';
import { Pipeline } from '../../server/pipelines/pipeline.ts';
import type { JsonObject } from '../../server/runtime/json.ts';
import type { ProcessorRegistry } from '../../server/runtime/registry/index.ts';
import { frameWith, pipelineTypes, textsOf } from '../support/pipelines.ts';

const node = (id: string, type: string, config: JsonObject = {}) => ({ id, type, config });
const chain = (...nodes: { id: string }[]) => ({
  nodes,
  connections: nodes.slice(1).map(({ id }, i) => ({ from: nodes[i]?.id ?? '', to: id })),
});

describe('phase 1: a pipeline', () => {
  let types: ProcessorRegistry;

  before(async () => {
    types = await pipelineTypes();
  });

  it('takes one frame in and gives one out, through its nodes in topological order', async () => {
    const config = chain(node('double', 'Gain', { gain: 2 }), node('plus', 'test.Adder', { amount: 3 }));
    await using pipeline = await Pipeline.create({ ...config, nodes: config.nodes.toReversed() }, { types });
    assert.deepEqual(textsOf(await pipeline.process(frameWith(7, 1, 2))), ['plus.data_out 7: value=5,7']);
  });

  it('goes on from frame to frame: the phase of a generator never jumps', async () => {
    const sine = node('sine', 'SineGenerator', { samples: 4, sample_rate_hz: 1000, frequency_hz: 30 });
    await using parts = await Pipeline.create(chain(sine), { types });
    await using whole = await Pipeline.create(
      chain(node('sine', 'SineGenerator', { ...sine.config, samples: 12 })),
      { types },
    );
    const values: number[] = [];
    for (let i = 0; i < 3; i++) {
      const [output] = await parts.process(frameWith(i));
      values.push(...Array.from(output?.frame.payload.value ?? []));
    }
    const [expected] = await whole.process(frameWith(0));
    const want = Array.from(expected?.frame.payload.value ?? []);
    assert.equal(values.length, want.length);
    for (const [i, value] of values.entries()) assert.ok(Math.abs(value - (want[i] ?? NaN)) < 1e-12);
  });

  it('calls a generator without a frame', async () => {
    const noise = node('noise', 'NoiseGenerator', { samples: 2, pace: 'fast', seed: 5 });
    await using pipeline = await Pipeline.create(chain(noise, node('null', 'NullSink')), { types });
    const sequences: number[] = [];
    for (let i = 0; i < 3; i++)
      sequences.push(...(await pipeline.process()).map(({ frame }) => frame.sequenceId));
    assert.deepEqual(sequences, [0, 1, 2]);
  });

  it('fans out, and shows what sinks read and what open outputs give', async () => {
    await using pipeline = await Pipeline.create(
      {
        nodes: [
          node('in', 'Offset', { offset: 1 }),
          node('a', 'Gain', { gain: 10 }),
          node('sink', 'NullSink'),
        ],
        connections: [
          { from: 'in', to: 'a' },
          { from: 'in', to: 'sink' },
        ],
      },
      { types },
    );
    assert.deepEqual(textsOf(await pipeline.process(frameWith(1, 4))).toSorted(), [
      'a.data_out 1: value=50',
      'sink.data 1: value=5',
    ]);
  });

  it('answers nothing where a node drops the frame, and all where one makes several', async () => {
    await using pipeline = await Pipeline.create(
      chain(node('odd', 'test.OddOnly'), node('twice', 'test.Doubler')),
      {
        types,
      },
    );
    assert.deepEqual(await pipeline.process(frameWith(2, 1)), []);
    assert.deepEqual(textsOf(await pipeline.process(frameWith(3, 1))), [
      'twice.data_out 3: value=1',
      'twice.data_out 3: value=1',
    ]);
  });

  it('names the node that failed, and takes the next frame', async () => {
    await using pipeline = await Pipeline.create(chain(node('picky', 'test.Picky', { refused: 2 })), {
      types,
    });
    await assert.rejects(pipeline.process(frameWith(2, 0)), {
      code: 'PROCESS_FAILED',
      message: 'node "picky": frame 2 is refused',
      details: { node_id: 'picky' },
    });
    assert.deepEqual(textsOf(await pipeline.process(frameWith(3, 0))), ['picky.data_out 3: value=0']);
  });

  it('skips a frame or writes a default where the error policy says so', async () => {
    const refuses = (supervision: JsonObject) => ({ ...node('picky', 'test.Picky'), supervision });
    const default_frame = { sequence_id: 5, payload: { value: { values: [8, 'NaN'] } } };
    await using skipping = await Pipeline.create(chain(refuses({ error_policy: 'skip_frame' })), { types });
    assert.deepEqual(await skipping.process(frameWith(13, 1)), []);
    await using defaulting = await Pipeline.create(
      chain(refuses({ error_policy: 'use_default', default_frame })),
      { types },
    );
    assert.deepEqual(textsOf(await defaulting.process(frameWith(13, 1))), ['picky.data_out 5: value=8,NaN']);
  });

  it('tells which node cannot be set up', async () => {
    await assert.rejects(
      Pipeline.create(chain(node('a', 'test.Adder'), node('b', 'test.Broken')), { types }),
      {
        code: 'SETUP_FAILED',
        message: 'node "b": the device is missing',
      },
    );
  });

  it('refuses a source that is unclear or none', async () => {
    await using pipeline = await Pipeline.create(
      { nodes: [node('a', 'Gain'), node('b', 'Gain')] },
      { types },
    );
    for (const nodeId of ['', 'c'])
      await assert.rejects(pipeline.process(frameWith(0, 0), { nodeId }), {
        code: 'FIELD_INVALID',
        path: 'node_id',
        message: `node_id must be one of a, b, was "${nodeId}"`,
      });
    assert.deepEqual(textsOf(await pipeline.process(frameWith(0, 4), { nodeId: 'b' })), [
      'b.data_out 0: value=4',
    ]);
  });

  it('tears nodes down and gives every frame back', async () => {
    const pipeline = await Pipeline.create(chain(node('twice', 'test.Doubler')), { types });
    await pipeline.process(frameWith(1, 1));
    await pipeline.close();
  });
});
