import type { Link } from '../../gen/ts/streamlib/v1/link_pb.ts';
import { RUNTIME_TOPIC } from '../../server/runtime/events/topics.ts';
import type { StreamRuntime } from '../../server/runtime/stream-runtime.ts';
import { dropsOf } from './link-account.ts';

/** The reasons that belong to what a link and its consumer are doing. All others belong to edits. */
const NOT_BY_EDITS: ReadonlySet<string> = new Set(['full', 'stale', 'paused']);

/** Adds up what GraphCommitted events report that edits cost each link. */
export class ImpactTally implements Disposable {
  #effectiveRevision = 0n;
  #onCommit = () => {};
  readonly #framesDropped = new Map<string, number>();
  readonly #listener: Disposable;

  constructor(runtime: StreamRuntime) {
    this.#listener = runtime.events.subscribe(RUNTIME_TOPIC, ({ payload }) => {
      if (payload.case !== 'graphCommitted') return;
      for (const { linkId, framesDropped } of payload.value.impacts)
        this.#framesDropped.set(linkId, this.reportedOf(linkId) + Number(framesDropped));
      this.#effectiveRevision = payload.value.revision;
      this.#onCommit();
    });
  }

  /** Resolves when everything up to a revision is in the tally. One at a time. */
  async reached(revision: bigint): Promise<void> {
    while (this.#effectiveRevision < revision)
      await new Promise<void>((resolve) => {
        this.#onCommit = resolve;
      });
  }

  /** How many frames of a link edits are reported to have cost. */
  reportedOf(linkId: string): number {
    return this.#framesDropped.get(linkId) ?? 0;
  }

  /** How many frames edits are reported to have cost all links together. */
  get total(): number {
    let total = 0;
    for (const frames of this.#framesDropped.values()) total += frames;
    return total;
  }

  [Symbol.dispose](): void {
    this.#listener[Symbol.dispose]();
  }
}

/** How many frames a link dropped for other reasons than being full or paused, or newer frames. */
export function droppedByEdits(link: Link): number {
  return Object.entries(dropsOf(link))
    .filter(([reason]) => !NOT_BY_EDITS.has(reason))
    .reduce((sum, [, count]) => sum + count, 0);
}
