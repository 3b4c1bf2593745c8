import type { JournalLimits } from './journal.ts';

/** A snapshot as the plan needs it. */
export interface SnapshotMark {
  readonly sequence: number;
  /** The wall time of its last record. */
  readonly wallTimeMs: number;
}

/** What may go. */
export interface CompactionPlan {
  /** Records up to this one may go; 0 for none. It is the sequence of a snapshot that stays. */
  readonly removeThrough: number;
  /** Snapshots that may go. */
  readonly dropSnapshots: readonly number[];
}

/** How many snapshots are kept over the last `keepRecords` records: a rebuild reads at most this part of them. */
const SNAPSHOTS_PER_WINDOW = 8;

/**
 * What a journal may remove: pure. `snapshots` are all of them, oldest first; `last` is the newest record. Age is
 * counted back from that record, so that an idle server forgets nothing.
 */
export function planCompaction(
  snapshots: readonly SnapshotMark[],
  last: SnapshotMark,
  { keepRecords, keepAgeMs, maxRecords }: JournalLimits,
): CompactionPlan {
  const base = snapshots.findLast(({ sequence, wallTimeMs }) => {
    const newer = last.sequence - sequence;
    const isPastBoth = newer >= keepRecords && last.wallTimeMs - wallTimeMs >= keepAgeMs;
    return isPastBoth || newer >= maxRecords;
  });
  const spacing = Math.ceil(keepRecords / SNAPSHOTS_PER_WINDOW);
  const newest = snapshots.at(-1);
  const dropSnapshots: number[] = [];
  let keptBefore: number | undefined;
  for (const snapshot of snapshots) {
    const { sequence } = snapshot;
    const isContained = base !== undefined && sequence < base.sequence;
    const isSpaced = keptBefore === undefined || sequence - keptBefore >= spacing;
    if (!isContained && (isSpaced || snapshot === newest)) keptBefore = sequence;
    else dropSnapshots.push(sequence);
  }
  return { removeThrough: base?.sequence ?? 0, dropSnapshots };
}
