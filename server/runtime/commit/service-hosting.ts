import type { LaneId } from '../ids.ts';
import type { LaneHandle } from './lane-handle.ts';
import type { LaneSet } from './lane-set.ts';
import type { ProcessorHosting } from './processor-hosting.ts';
import { type ProcessorRecord, place, type Records, unplace } from './records.ts';
import { StepBatch } from './step-batch.ts';

/** What hosting services needs. */
export interface ServiceHostingOptions {
  readonly records: Records;
  readonly lanes: LaneSet;
  /** How long a start waits for the setup; a slower one comes up after it. */
  readonly setupTimeoutMs: number;
}

/** Hosts the processors of the server itself. They are in no graph and have no links: no commit touches them. */
export class ServiceHosting {
  readonly #options: ServiceHostingOptions;
  readonly #hosting: ProcessorHosting;

  constructor(options: ServiceHostingOptions, hosting: ProcessorHosting) {
    this.#options = options;
    this.#hosting = hosting;
  }

  /** Starts a processor of the server itself in a lane of its own; what goes wrong is the record's `error`. */
  async start(record: ProcessorRecord, laneId: LaneId): Promise<void> {
    const { lanes, setupTimeoutMs } = this.#options;
    const lane = lanes.ensure({ laneId, kind: 'dedicated', priority: undefined });
    place(record, lane);
    const batch = new StepBatch();
    batch.add(lane, { step: 'host', processor: this.#hosting.nextInstance(record) }, ({ error }) => {
      record.error = error;
    });
    batch.add(lane, { step: 'activate', processorId: record.spec.processorId });
    await batch.run(setupTimeoutMs, new Set());
  }

  /**
   * Ends them and every lane that is left. It is called after the graph has stopped; lanes that do not come back
   * within `graceMs` are ended.
   */
  async stop(graceMs: number): Promise<void> {
    const { records, lanes } = this.#options;
    const stuck = new Set<LaneHandle>();
    const batch = new StepBatch();
    for (const record of records.processors.values()) {
      const { lane, spec } = record;
      if (lane !== undefined) batch.add(lane, { step: 'unhost', processorId: spec.processorId });
      unplace(record);
    }
    await batch.run(graceMs, stuck);
    await Promise.all(
      [...lanes.all()].map((lane) => (stuck.has(lane) ? lane.abort('was ended') : lane.drain())),
    );
  }
}
