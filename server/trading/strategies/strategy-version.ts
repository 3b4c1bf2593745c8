import { createHash } from 'node:crypto';

/** Where a strategy came from; the words of the API. */
export type StrategySource = 'upload' | 'directory' | 'built_in';

/** One version of a strategy. Nothing changes of it but `quarantined`. */
export interface StrategyVersion {
  readonly name: string;
  /** From 1. */
  readonly version: number;
  readonly code: string;
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly source: StrategySource;
  /** Milliseconds since the Unix epoch. */
  readonly createMs: number;
  /** Whether it hung once, and runs apart from everything else since then. */
  readonly quarantined?: boolean;
}

/** SHA-256 of the code, in hexadecimal digits. */
export const digestOfCode = (code: string): string => createHash('sha256').update(code).digest('hex');
