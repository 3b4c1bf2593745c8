import { Code } from '@connectrpc/connect';
import { Backoff, pause } from './backoff.ts';
import { StreamlibError } from './streamlib-error.ts';

/** A stream that is followed over interruptions. */
export interface Followed<Item> {
  /** Opens the stream anew; what it yields is handed on. Ends by `done` where nothing is to follow. */
  open(signal: AbortSignal): AsyncIterable<Item>;
  /** Asked where a stream has ended by itself. */
  readonly isDone: boolean;
  /** Told why a stream ended, before it is opened again; undefined where the server ended it. */
  interrupted(cause: StreamlibError | undefined): void;
}

/**
 * Hands on what a stream has, and opens it again when it breaks off, at first within 100 ms, then ever later up to 5 s.
 * Ends when the signal is aborted; throws what the server refuses.
 */
export async function* follow<Item>(followed: Followed<Item>, signal: AbortSignal): AsyncGenerator<Item> {
  const backoff = new Backoff();
  while (!signal.aborted) {
    const attempt = new AbortController();
    const both = AbortSignal.any([signal, attempt.signal]);
    try {
      for await (const item of followed.open(both)) {
        backoff.reset();
        yield item;
      }
      if (followed.isDone) return;
      followed.interrupted(undefined);
    } catch (error) {
      if (signal.aborted) return;
      const cause = StreamlibError.from(error);
      if (!isLostConnection(cause)) throw cause;
      followed.interrupted(cause);
    } finally {
      // Over HTTP/1.1 leaving the iteration does not end the call.
      attempt.abort();
    }
    await pause(backoff.nextMs(), signal);
  }
}

/** What is told of an interruption. */
export const interruptionText = (what: string, cause: StreamlibError | undefined): string =>
  `${what}: ${cause === undefined ? 'the server ended the stream' : `the connection was lost: ${cause.rawMessage}`}; trying again`;

/** Whether the connection broke, or the server is not there or about to end; all else is the server's word. */
function isLostConnection({ code, reason }: StreamlibError): boolean {
  if (code === Code.Unavailable) return true;
  return (
    reason === '' &&
    (code === Code.Unknown || code === Code.Aborted || code === Code.Internal || code === Code.Canceled)
  );
}
