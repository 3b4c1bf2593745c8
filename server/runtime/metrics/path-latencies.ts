import type { LinkRecord, Records } from '../commit/records.ts';
import type { ProcessorId } from '../ids.ts';
import { createLinkLatency } from '../link/link-latency.ts';

/** The most links whose latencies are kept at once, 4 KiB each. */
export const MOST_MEASURED_LINKS = 1024;

/** What path latencies are kept for. */
export interface PathLatenciesOptions {
  readonly records: Pick<Records, 'links'>;
  /** Whether the link is to be measured at all. */
  readonly isMeasured: boolean;
  /** The links of a processor in the graph. */
  linksOf(id: ProcessorId): readonly LinkRecord[];
}

/** Gives memory for latencies to the links at which paths end. */
export class PathLatencies {
  readonly #options: PathLatenciesOptions;
  readonly #measured = new Set<LinkRecord>();

  constructor(options: PathLatenciesOptions) {
    this.#options = options;
  }

  /** Has a link measured that is about to be wired, if no link leads on from where it ends and there is room for one more. */
  measure(record: LinkRecord): void {
    const { isMeasured, linksOf } = this.#options;
    if (!isMeasured || record.latency !== undefined) return;
    const { processorId } = record.spec.to;
    if (linksOf(processorId).some(({ spec }) => spec.from.processorId === processorId)) return;
    if (this.#measured.size >= MOST_MEASURED_LINKS) this.#forgetRemoved();
    if (this.#measured.size >= MOST_MEASURED_LINKS) return;
    this.#measured.add(record);
    record.latency = createLinkLatency();
  }

  #forgetRemoved(): void {
    const { links } = this.#options.records;
    for (const record of this.#measured)
      if (links.get(record.spec.linkId) !== record) this.#measured.delete(record);
  }
}
