import { laneSupervisionOf } from '../supervision/lane-supervision-of.ts';
import type { CommitRun } from './commit-run.ts';
import type { ProcessorHosting, ProcessorHostingOptions } from './processor-hosting.ts';
import type { ProcessorRecord } from './records.ts';
import { SetupBatch } from './setup-batch.ts';
import { StepBatch } from './step-batch.ts';

type LiveChangesOptions = Pick<
  ProcessorHostingOptions,
  'linksOf' | 'effectiveConfig' | 'isPaused' | 'setupTimeoutMs'
>;

/** Changes processors where they are, without touching their links. */
export class LiveChanges {
  readonly #options: LiveChangesOptions;
  readonly #hosting: ProcessorHosting;

  constructor(options: LiveChangesOptions, hosting: ProcessorHosting) {
    this.#options = options;
    this.#hosting = hosting;
  }

  /** Gives processors the config, the pause and the supervision of their specs; those that do not take the config begin anew. */
  async reconfigure(touched: readonly ProcessorRecord[], run: CommitRun): Promise<void> {
    const batch = new StepBatch();
    const restarting: ProcessorRecord[] = [];
    for (const record of touched) {
      const { lane, applied, spec } = record;
      if (lane === undefined || applied === undefined) continue;
      const { processorId } = spec;
      if (applied.config !== spec.config && record.state === 'failed') {
        restarting.push(record);
      } else if (applied.config !== spec.config) {
        const config = this.#options.effectiveConfig(spec);
        batch.add(lane, { step: 'configure', processorId, config }, (result) => {
          if (result.applied !== true) restarting.push(record);
        });
      }
      if (applied.paused !== spec.paused && !this.#options.isPaused()) {
        batch.add(lane, { step: spec.paused ? 'pause' : 'resume', processorId });
      }
      if (applied.supervision !== spec.supervision) {
        const supervision = laneSupervisionOf(spec.supervision);
        batch.add(lane, { step: 'supervise', processorId, supervision });
      }
      record.applied = spec;
    }
    await run.take(batch);
    for (const record of restarting) run.restarted(record, 'config');
    await this.restart(restarting, run, this.#options.setupTimeoutMs);
  }

  /**
   * Tears processors down and sets them up again in their lanes, while their links hold what comes. It waits at most
   * `timeoutMs`.
   */
  async restart(restarting: readonly ProcessorRecord[], run: CommitRun, timeoutMs: number): Promise<void> {
    const batch = new SetupBatch(run);
    for (const record of restarting) {
      const { lane, spec } = record;
      if (lane === undefined) continue;
      const { processorId } = spec;
      const links = this.#options.linksOf(processorId);
      const processor = this.#hosting.nextInstance(record);
      record.isActivated = true;
      batch.add(lane, record, { step: 'restart', processor }, ({ pauseUs = 0 }) => {
        for (const link of links) run.impact(link.spec.linkId, 0, pauseUs);
      });
    }
    await batch.run(timeoutMs);
  }
}
