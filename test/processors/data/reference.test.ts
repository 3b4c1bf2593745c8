import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { processorTypes } from '../../../server/processors/index.ts';
import { DataFrame, type DataFrameView, dataLayout } from '../../../server/runtime/frame/data-frame.ts';
import type { JsonObject } from '../../../server/runtime/json.ts';
import { ProcessorHarness } from '../../support/processor-harness.ts';

/** What references.py wrote down. */
interface Reference {
  readonly type: string;
  readonly config: JsonObject;
  readonly inputs: readonly Record<string, number[]>[];
  readonly channel: string;
  /** null stands for NaN. */
  readonly values: readonly (number | null)[];
  readonly tolerance: number;
}

const references: Reference[] = JSON.parse(readFileSync(new URL('references.json', import.meta.url), 'utf8'));

async function run({ type, config, inputs, channel }: Reference): Promise<number[]> {
  const entry = processorTypes.find((each) => each.type === type);
  assert.ok(entry !== undefined, `there is a type ${type}`);
  const { default: processorClass } = await entry.load();
  const harness = new ProcessorHarness(processorClass, { config });
  await harness.setup();
  const [input] = Object.keys(processorClass.descriptor.inputs) as [string];
  const [output] = Object.keys(processorClass.descriptor.outputs) as [string];
  for (const [index, channels] of inputs.entries()) {
    const lengths = Object.fromEntries(Object.entries(channels).map(([name, { length }]) => [name, length]));
    harness.feed(input, DataFrame, dataLayout(lengths), (frame) => {
      frame.sequenceId = index;
      for (const [name, values] of Object.entries(channels)) frame.channel(name).set(values);
    });
  }
  await harness.processAll();
  const values = harness
    .output(output)
    .frames.splice(0)
    .flatMap((frame) => {
      const found = [...(frame as DataFrameView).channel(channel)];
      frame.release();
      return found;
    });
  await harness.teardown();
  assert.equal(harness.pool.inUse, 0, 'every frame was released');
  return values;
}

describe('the types for data frames give what NumPy and SciPy give', () => {
  for (const reference of references) {
    const { type, config, channel, values, tolerance } = reference;
    const { length } = reference.inputs;
    it(`${type} ${JSON.stringify(config)}: ${channel} over ${length} frames`, async () => {
      const found = await run(reference);
      assert.equal(found.length, values.length);
      for (const [i, want] of values.entries()) {
        const was = found[i] as number;
        const away = want === null ? Number(!Number.isNaN(was)) : Math.abs(was - want);
        assert.ok(away <= tolerance * Math.max(1, Math.abs(want ?? 0)), `value ${i} is ${was}, not ${want}`);
      }
    });
  }
});
