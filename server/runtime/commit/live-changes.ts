import type { CommitRun } from './commit-run.ts';
import type { ProcessorHosting, ProcessorHostingOptions } from './processor-hosting.ts';
import type { ProcessorRecord } from './records.ts';
import { StepBatch } from './step-batch.ts';

type LiveChangesOptions = Pick<ProcessorHostingOptions, 'linksOf' | 'effectiveConfig' | 'isPaused'>;

/** Changes processors where they are, without touching their links. */
export class LiveChanges {
  readonly #options: LiveChangesOptions;
  readonly #hosting: ProcessorHosting;

  constructor(options: LiveChangesOptions, hosting: ProcessorHosting) {
    this.#options = options;
    this.#hosting = hosting;
  }

  /** Gives processors the config and the pause of their specs; those that do not take the config begin anew. */
  async reconfigure(touched: readonly ProcessorRecord[], run: CommitRun): Promise<void> {
    const batch = new StepBatch();
    const restarting: ProcessorRecord[] = [];
    for (const record of touched) {
      const { lane, applied, spec } = record;
      if (lane === undefined || applied === undefined) continue;
      const { processorId } = spec;
      if (applied.config !== spec.config) {
        const config = this.#options.effectiveConfig(spec);
        batch.add(lane, { step: 'configure', processorId, config }, (result) => {
          if (result.applied !== true) restarting.push(record);
        });
      }
      if (applied.paused !== spec.paused && !this.#options.isPaused()) {
        batch.add(lane, { step: spec.paused ? 'pause' : 'resume', processorId });
      }
      record.applied = spec;
    }
    await run.take(batch);
    for (const record of restarting) run.restarted(record, 'config');
    await this.restart(restarting, run);
  }

  /** Tears processors down and sets them up again in their lanes, while their links hold what comes. */
  async restart(restarting: readonly ProcessorRecord[], run: CommitRun): Promise<void> {
    const batch = new StepBatch();
    for (const record of restarting) {
      const { lane, spec } = record;
      if (lane === undefined) continue;
      const { processorId } = spec;
      const links = this.#options.linksOf(processorId);
      const processor = this.#hosting.nextInstance(record);
      batch.add(lane, { step: 'restart', processor }, ({ error, pauseUs = 0 }) => {
        if (error !== undefined) run.failed(processorId, error);
        for (const link of links) run.impact(link.spec.linkId, 0, pauseUs);
      });
    }
    await run.take(batch);
  }
}
