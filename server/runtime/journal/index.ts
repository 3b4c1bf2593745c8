export type {
  Journal,
  JournalContents,
  JournalLimits,
  JournalOpenOptions,
  JournalPage,
  JournalRecord,
  JournalSnapshot,
  JournalVerdict,
} from './journal.ts';
export { DEFAULT_JOURNAL_LIMITS } from './journal.ts';
export { MemoryJournal } from './memory-journal.ts';
export { SqliteJournal, type SqliteJournalOptions } from './sqlite-journal.ts';
