import type { PlainError } from '../errors.ts';
import type { JournalLimits, JournalSnapshot } from './journal.ts';

/** What the journal's thread is told when it starts (its workerData). */
export interface JournalStart {
  readonly directory: string;
  readonly limits: JournalLimits;
  /** For `crashHook`. */
  readonly crashAt: string | undefined;
}

/** What is asked of the thread. Records travel as `packRecords` makes them. */
export type JournalRequest =
  | { readonly kind: 'open'; readonly readOnly: boolean }
  | { readonly kind: 'append'; readonly packed: Uint8Array }
  | { readonly kind: 'snapshot'; readonly snapshot: JournalSnapshot }
  /** The records from one to another, cut to those that are kept. `newest`: which end of them, if there are too many. */
  | {
      readonly kind: 'read';
      readonly from: number;
      readonly to: number;
      readonly limit: number;
      readonly newest: boolean;
    }
  | { readonly kind: 'snapshot_before'; readonly sequence: number }
  | { readonly kind: 'verify' }
  | { readonly kind: 'close' };

/** What it answers, by the kind of the request. */
export interface JournalAnswers {
  readonly open: {
    readonly snapshot: JournalSnapshot | undefined;
    readonly packed: Uint8Array;
    readonly last: number;
    readonly damage: PlainError | undefined;
  };
  readonly append: undefined;
  readonly snapshot: undefined;
  readonly read: { readonly oldest: number; readonly last: number; readonly packed: Uint8Array };
  readonly snapshot_before: JournalSnapshot | undefined;
  readonly verify: {
    readonly records: number;
    readonly snapshots: number;
    readonly damage: PlainError | undefined;
  };
  readonly close: undefined;
}

/** One answer: of the request with this number; or news. */
export type JournalReply =
  | { readonly id: number; readonly value: JournalAnswers[keyof JournalAnswers] }
  | { readonly id: number; readonly error: PlainError }
  /** Nobody asked: checkpoints and compaction happen in between. */
  | { readonly upkeepError: PlainError };
