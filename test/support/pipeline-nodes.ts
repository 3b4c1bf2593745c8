import { setTimeout as sleep } from 'node:timers/promises';
import type { JSONSchema } from 'json-schema-to-ts';
import type { ProcessorClass, ProcessorTypeEntry } from '../../server/processor.ts';
import {
  type DataFrameView,
  defineNode,
  type NodeFrames,
  type NodeSender,
  type PipelineNode,
} from '../../server/processor.ts';
import type { JsonObject } from '../../server/runtime/json.ts';
import type { RuntimeContext } from '../../server/runtime/processor.ts';

/* Nodes as their authors write them, one of each kind, for tests. */

const described = (
  name: string,
  properties: Readonly<Record<string, JSONSchema>> = {},
  more: { stateless?: boolean } = {},
) => ({
  name,
  version: 1,
  description: `${name} of the tests.`,
  tags: ['test'],
  configSchema: { type: 'object', additionalProperties: false, properties } as const,
  ...more,
});

function copyOf(frame: DataFrameView, frames: NodeFrames): DataFrameView {
  const copy = frames.acquire(frame.layout);
  copy.timestampUs = frame.timestampUs;
  copy.sequenceId = frame.sequenceId;
  for (let i = 0; i < frame.channelCount; i++) copy.channelAt(i).set(frame.channelAt(i));
  return copy;
}

/** Adds a number from its config: one frame in, one out. */
export class Adder implements PipelineNode {
  static readonly descriptor = described(
    'test.Adder',
    { amount: { type: 'number', default: 1, description: 'What is added.' } },
    { stateless: true },
  );
  #amount = 0;

  onCreate(config: JsonObject): void {
    this.#amount = Number(config.amount);
  }

  process(frame: DataFrameView, frames: NodeFrames): DataFrameView {
    const result = copyOf(frame, frames);
    for (let i = 0; i < result.channelCount; i++) {
      const values = result.channelAt(i);
      for (let k = 0; k < values.length; k++) values[k] = (values[k] ?? 0) + this.#amount;
    }
    return result;
  }
}

/** Lets frames with an odd sequence pass as they are, and drops the others. */
class OddOnly implements PipelineNode {
  static readonly descriptor = described('test.OddOnly', {}, { stateless: true });

  process(frame: DataFrameView): DataFrameView | undefined {
    return frame.sequenceId % 2 === 1 ? frame : undefined;
  }
}

/** Sends each frame twice, and one with the sequence 999 when no more come. */
class Doubler implements PipelineNode {
  static readonly descriptor = described('test.Doubler');

  async run(rx: AsyncIterable<DataFrameView>, tx: NodeSender): Promise<void> {
    for await (const frame of rx) {
      await tx.send(copyOf(frame, tx));
      await tx.send(frame);
    }
    const last = tx.acquire({ channels: { value: 1 } });
    last.sequenceId = 999;
    last.channelAt(0).fill(0);
    await tx.send(last);
  }
}

/** Counts frames in a state that it can neither say nor go back to. */
class Counter implements PipelineNode {
  static readonly descriptor = described('test.Counter');
  #count = 0;

  process(frame: DataFrameView, frames: NodeFrames): DataFrameView {
    const result = frames.acquire({ channels: { count: 1 } });
    result.sequenceId = frame.sequenceId;
    result.channelAt(0)[0] = ++this.#count;
    return result;
  }
}

/** The same with a state that it can go back to. */
class Odometer extends Counter {
  static override readonly descriptor = described('test.Odometer');
  #total = 0;

  override process(frame: DataFrameView, frames: NodeFrames): DataFrameView {
    const result = frames.acquire({ channels: { count: 1 } });
    result.sequenceId = frame.sequenceId;
    result.channelAt(0)[0] = ++this.#total;
    return result;
  }

  checkpoint(): JsonObject {
    return { total: this.#total };
  }

  restore({ total }: JsonObject): void {
    this.#total = Number(total);
  }
}

/** Throws for frames whose sequence is its config's. */
class Picky implements PipelineNode {
  static readonly descriptor = described(
    'test.Picky',
    { refused: { type: 'integer', default: 13, description: 'The sequence that makes it throw.' } },
    { stateless: true },
  );
  #refused = 0;

  onCreate(config: JsonObject): void {
    this.#refused = Number(config.refused);
  }

  process(frame: DataFrameView): DataFrameView {
    if (frame.sequenceId === this.#refused) throw new Error(`frame ${frame.sequenceId} is refused`);
    return frame;
  }
}

/** Waits as long as the value of a frame says, in milliseconds, unless it is to stop. */
class Waiter implements PipelineNode {
  static readonly descriptor = described('test.Waiter', {}, { stateless: true });
  #signal: AbortSignal | undefined;

  onCreate(_config: JsonObject, { signal }: RuntimeContext): void {
    this.#signal = signal;
  }

  async run(rx: AsyncIterable<DataFrameView>, tx: NodeSender): Promise<void> {
    for await (const frame of rx) {
      await sleep(frame.channelAt(0)[0], undefined, { signal: this.#signal });
      await tx.send(frame);
    }
  }
}

/** Keeps its thread for as long as the value of a frame says, in milliseconds. */
class Blocker implements PipelineNode {
  static readonly descriptor = described('test.Blocker', {}, { stateless: true });

  process(frame: DataFrameView): DataFrameView {
    const untilMs = performance.now() + (frame.channelAt(0)[0] ?? 0);
    while (performance.now() < untilMs);
    return frame;
  }
}

/** Cannot be set up. */
class Broken implements PipelineNode {
  static readonly descriptor = described('test.Broken');

  onCreate(): void {
    throw new Error('the device is missing');
  }

  process(frame: DataFrameView): DataFrameView {
    return frame;
  }
}

const entryOf = (type: ProcessorClass): ProcessorTypeEntry => ({
  type: type.descriptor.name,
  load: () => Promise.resolve({ default: type }),
});

export const processorTypes: ProcessorTypeEntry[] = [
  Adder,
  OddOnly,
  Doubler,
  Counter,
  Odometer,
  Picky,
  Waiter,
  Blocker,
  Broken,
]
  .map(defineNode)
  .map(entryOf);
