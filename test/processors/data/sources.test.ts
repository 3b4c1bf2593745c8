import assert from 'node:assert/strict';
import DataSineGenerator from '../../../server/processors/data-sine-generator.ts';
import { DataFrame, dataLayout } from '../../../server/runtime/frame/data-frame.ts';
import type { JsonObject } from '../../../server/runtime/json.ts';
import { ProcessorHarness } from '../../support/processor-harness.ts';

const RATE = 48_000;

async function start(config: JsonObject): Promise<ProcessorHarness> {
  const harness = new ProcessorHarness(DataSineGenerator, {
    config: { sample_rate_hz: RATE, frequency_hz: 440, pace: 'fast', ...config },
  });
  await harness.setup();
  harness.input('trigger').links = 0;
  return harness;
}

const valuesOf = (frames: readonly unknown[]): number[] =>
  frames.flatMap((frame) => ((frame as JsonObject).payload as { value: number[] }).value);

describe('DataSineGenerator', () => {
  for (const samples of [1, 2, 3, 4, 5, 63, 64, 255, 256, 257, 1030]) {
    it(`makes a sine in blocks of ${samples} that follow one another`, async () => {
      const harness = await start({ samples });
      for (let i = 0; i < 3; i++) harness.process();
      const values = valuesOf(harness.takeJson('data'));
      assert.equal(values.length, samples * 3);
      values.forEach((value, i) => {
        const want = Math.sin(2 * Math.PI * 440 * (i / RATE));
        assert.ok(Math.abs(value - want) < 1e-12, `value ${i} must be ${want}, was ${value}`);
      });
    });
  }

  it('is called as often as possible while somebody takes what it makes as fast as it can', async () => {
    const harness = await start({ samples: 4 });
    harness.process();
    assert.equal(harness.intervalUs, 0);
    harness.output('data').links = 0;
    harness.process();
    assert.equal(harness.intervalUs, 1000);
    harness.output('data').links = 1;
    harness.process();
    assert.equal(harness.intervalUs, 0);
    harness.input('trigger').links = 1;
    harness.process();
    assert.equal(harness.intervalUs, 1000);
    assert.equal(harness.takeJson('data').length, 2);
  });

  it('answers each frame that asks, with its time and sequence', async () => {
    const harness = await start({ samples: 2 });
    harness.input('trigger').links = 1;
    harness.feed('trigger', DataFrame, dataLayout({ any: 1 }), (frame) => {
      frame.sequenceId = 7;
      frame.timestampUs = 5;
    });
    harness.process();
    const [frame, ...others] = harness.takeJson('data') as JsonObject[];
    assert.deepEqual([frame?.sequence_id, frame?.timestamp_us, others.length], [7, 5, 0]);
  });
});
