import type { LaneStep, StepResult } from '../lane/messages.ts';
import type { CommitRun } from './commit-run.ts';
import type { LaneHandle } from './lane-handle.ts';
import type { ProcessorRecord } from './records.ts';
import { StepBatch } from './step-batch.ts';

interface WatchedSetup {
  readonly batch: StepBatch;
  readonly record: ProcessorRecord;
  readonly limitMs: number;
}

/**
 * Setups that run at the same time. What fails of them is noted in the commit. One whose lateness would fail the commit
 * is waited for on its own, since a lane answers the others of a batch together.
 */
export class SetupBatch {
  readonly #run: CommitRun;
  readonly #shared = new StepBatch();
  readonly #watched: WatchedSetup[] = [];

  constructor(run: CommitRun) {
    this.#run = run;
  }

  add(
    lane: LaneHandle,
    record: ProcessorRecord,
    step: Extract<LaneStep, { readonly step: 'host' | 'restart' }>,
    onResult?: (result: StepResult) => void,
  ): void {
    const { processorId, instance } = step.processor;
    const limitMs = this.#run.setupLimitMs(processorId);
    const batch = limitMs === undefined ? this.#shared : new StepBatch();
    if (limitMs !== undefined) this.#watched.push({ batch, record, limitMs });
    const settle = () => {
      if (record.instance === instance) record.isSettingUp = false;
    };
    batch.add(
      lane,
      step,
      (result) => {
        settle();
        if (result.error !== undefined) this.#run.failed({ processorId }, result.error);
        onResult?.(result);
      },
      (error) => {
        settle();
        this.#run.failed({ processorId }, error);
      },
    );
  }

  /** Waits for the setups, at most `timeoutMs`; those that are not done come up later. */
  async run(timeoutMs: number): Promise<void> {
    const run = this.#run;
    await Promise.all([
      run.take(this.#shared, timeoutMs),
      ...this.#watched.map(async ({ batch, record, limitMs }) => {
        const waitMs = Math.min(timeoutMs, limitMs);
        await run.take(batch, waitMs);
        if (record.isSettingUp) run.late(record.spec.processorId, waitMs);
      }),
    ]);
  }
}
