import { type PlainError, StreamlibError } from '../errors.ts';
import type { LaneStep, StepResult } from '../lane/messages.ts';
import type { LaneHandle } from './lane-handle.ts';

type OnResult = (result: StepResult) => void;
type OnLost = (error: PlainError) => void;

interface Handlers {
  readonly onResult: OnResult | undefined;
  readonly onLost: OnLost | undefined;
}

/**
 * Steps that may run at the same time on many lanes, each with what is to be done with its result. A lane that is
 * busy takes its steps when it is free again; their results are then handled as if they had come in time.
 */
export class StepBatch {
  readonly #steps = new Map<LaneHandle, { steps: LaneStep[]; handlers: Handlers[] }>();

  /** `onLost` is called instead of `onResult` if the lane ends before it has answered. */
  add(lane: LaneHandle, step: LaneStep, onResult?: OnResult, onLost?: OnLost): void {
    let entry = this.#steps.get(lane);
    if (entry === undefined) {
      entry = { steps: [], handlers: [] };
      this.#steps.set(lane, entry);
    }
    entry.steps.push(step);
    entry.handlers.push({ onResult, onLost });
  }

  /**
   * Sends the steps and waits for the lanes, at most `timeoutMs`. Lanes that did not answer are added to `stuck`;
   * lanes that are there already are not waited for. A lane that ends is reported by its own event.
   */
  async run(timeoutMs: number, stuck: Set<LaneHandle>): Promise<void> {
    const waited: Promise<void>[] = [];
    const pending = new Set<LaneHandle>();
    for (const [lane, { steps, handlers }] of this.#steps) {
      const answered = lane.control(steps).then(
        (results) => {
          pending.delete(lane);
          for (const [i, result] of results.entries()) handlers[i]?.onResult?.(result);
        },
        (error) => {
          pending.delete(lane);
          for (const { onLost } of handlers) onLost?.(StreamlibError.from(error).toPlain());
        },
      );
      if (stuck.has(lane)) continue;
      pending.add(lane);
      waited.push(answered);
    }
    if (waited.length === 0) return;
    await settledWithin(Promise.all(waited), timeoutMs);
    for (const lane of pending) stuck.add(lane);
  }
}

async function settledWithin(promise: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  try {
    await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
