/** Where the journal's thread can be made to die, in the order in which a life passes them. */
export const CRASH_POINTS = [
  'after_acknowledged_created',
  'before_tables',
  'before_begin',
  'within_group',
  'before_commit',
  'after_commit',
  'after_acknowledged',
  'before_acknowledged_sync',
  'after_acknowledged_sync',
  'within_snapshot',
  'after_snapshot',
  'within_compaction',
  'after_compaction',
  'before_checkpoint',
  'after_checkpoint',
] as const;

/** One of the journal's write points. */
export type CrashPoint = (typeof CRASH_POINTS)[number];

/** The environment variable that `crashHook` is told in: `after_commit:3` dies when that point is passed the third time. */
export const CRASH_VARIABLE = 'STREAMLIB_JOURNAL_CRASH';

/**
 * Fault injection for tests: answers a function that ends the whole process with SIGKILL, as a power cut of this one
 * process, when it is called for the n-th time with the named point. Without a name it does nothing.
 */
export function crashHook(text: string | undefined): (point: CrashPoint) => void {
  if (text === undefined || text === '') return () => {};
  const [name, count = '1'] = text.split(':');
  if (!CRASH_POINTS.some((point) => point === name)) {
    throw new RangeError(`${CRASH_VARIABLE} must name one of ${CRASH_POINTS.join(', ')}, was ${text}`);
  }
  let left = Number(count);
  return (point) => {
    if (point !== name || --left > 0) return;
    process.kill(process.pid, 'SIGKILL');
    // The signal is on its way to every thread: this one must not write on until it arrives.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  };
}
