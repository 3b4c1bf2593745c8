import { StreamlibError } from '../errors.ts';

/** What a call is answered that nobody waits for any more. */
export const cancelled = (): StreamlibError =>
  new StreamlibError('CANCELLED', 'the call was cancelled by its caller');

/** The work, or CANCELLED as soon as the signal aborts. The work itself goes on. Without a signal it costs nothing. */
export function untilCancelled<Result>(
  work: Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(cancelled());
    const settled = (): void => signal.removeEventListener('abort', abort);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).then(settled);
  });
}
