import { CRASH_VARIABLE } from '../../../../server/runtime/journal/crash-points.ts';
import { Child, ROOT } from '../../../support/child.ts';

/** Starts a process that appends to the journal in a directory until it is killed; `crashAt` is for `crashHook`. */
export function startWriter(directory: string, crashAt = '', args: readonly string[] = []): Child {
  const script = `${ROOT}test/runtime/journal/support/journal-writer.ts`;
  return new Child(process.execPath, [script, directory, ...args], { env: { [CRASH_VARIABLE]: crashAt } });
}

/** The last sequence that a writer has said this of; 0 for none. NB: an unfinished last line does not count. */
export function lastSaid(stdout: string, what: 'acknowledged' | 'snapshot'): number {
  const said = stdout.matchAll(new RegExp(`^${what} (\\d+)\n`, 'gm'));
  return Math.max(0, ...[...said].map(([, sequence]) => Number(sequence)));
}
