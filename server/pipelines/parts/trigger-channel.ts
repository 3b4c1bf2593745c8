import { StreamlibError } from '../../runtime/errors.ts';
import { WorkQueue } from '../../runtime/work-queue.ts';
import type { DataFrameValue } from '../instance/data-frame-value.ts';

const FRAMES_PER_FETCH = 64;

/** Frames on their way from triggers to the inputs of a pipeline's continuous instance. Runtime's thread. */
export class TriggerChannel {
  /** Frames that were taken from triggers so far. */
  triggers = 0;
  readonly #queues = new Map<string, WorkQueue<DataFrameValue>>();

  /** Hands a frame to a source. Throws QUEUE_FULL where `capacityFrames` wait already, and NOT_RUNNING after `end`. */
  push(nodeId: string, frame: DataFrameValue, capacityFrames: number): void {
    const queue = this.#queueOf(nodeId);
    if (queue.hasEnded)
      throw new StreamlibError('NOT_RUNNING', `"${nodeId}" takes no more frames`, {
        details: { node_id: nodeId },
      });
    if (queue.size >= capacityFrames) {
      const message = `at most ${capacityFrames} frames wait for "${nodeId}", and as many do`;
      throw new StreamlibError('QUEUE_FULL', message, { details: { node_id: nodeId } });
    }
    queue.add(frame);
    this.triggers++;
  }

  /** The input of a source begins: it takes frames again if it had ended. */
  begin(nodeId: string): void {
    if (this.#queueOf(nodeId).hasEnded) this.#queues.delete(nodeId);
  }

  /** No more frames come to any source: they end when they have handled those that wait. */
  end(): void {
    for (const queue of this.#queues.values()) queue.end();
  }

  /** The next frames for a source, as soon as there are any; undefined when no more come. */
  take(nodeId: string): Promise<readonly DataFrameValue[] | undefined> {
    return this.#queueOf(nodeId).take();
  }

  /** The frames for a source that wait now. Its input ends: later ones wait for the next, whoever asked before. */
  takeRest(nodeId: string): readonly DataFrameValue[] {
    return this.#queueOf(nodeId).takeRest();
  }

  #queueOf(nodeId: string): WorkQueue<DataFrameValue> {
    let queue = this.#queues.get(nodeId);
    if (queue === undefined) {
      queue = new WorkQueue(FRAMES_PER_FETCH);
      this.#queues.set(nodeId, queue);
    }
    return queue;
  }
}
