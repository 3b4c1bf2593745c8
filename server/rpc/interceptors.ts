import { Code, ConnectError, type Interceptor, type StreamResponse } from '@connectrpc/connect';
import { type Logger, StreamlibError } from '../runtime/index.ts';
import { createCallLog } from './call-log.ts';
import { toConnectError } from './error-codes.ts';
import { createValidation } from './validation.ts';

/** What the chain needs from the server. */
export interface InterceptorOptions {
  readonly log: Logger;
  /** Aborted when the server takes no more calls. */
  readonly draining: AbortSignal;
  /** What stands where authentication and quotas will: after the refusals that need no look at the call. */
  readonly further?: readonly Interceptor[];
}

/**
 * What every call passes, whichever door it came through, outermost first. What decides who may call stands before
 * validation, so that a stranger learns nothing about the schema.
 */
export function createInterceptors({ log, draining, further = [] }: InterceptorOptions): Interceptor[] {
  return [
    createCallLog(log),
    convertErrors,
    answerInTime,
    refuseWhileDraining(draining),
    ...further,
    createValidation(),
  ];
}

/** Turns what a handler throws into an error with code, reason and fields. */
const convertErrors: Interceptor = (next) => async (request) => {
  try {
    const response = await next(request);
    return response.stream ? { ...response, message: convertingErrors(response, request.signal) } : response;
  } catch (error) {
    throw convertError(error, request.signal);
  }
};

async function* convertingErrors(
  { message }: StreamResponse,
  signal: AbortSignal,
): StreamResponse['message'] {
  try {
    yield* message;
  } catch (error) {
    throw convertError(error, signal);
  }
}

/** A connection that breaks under a request makes whoever reads it throw an error of Node. */
function convertError(error: unknown, signal: AbortSignal): ConnectError {
  const isOfNode = error instanceof Error && 'code' in error && !(error instanceof StreamlibError);
  const isBroken = isOfNode && !(error instanceof ConnectError) && signal.aborted;
  return isBroken ? toConnectError(reasonOf(signal)) : toConnectError(error);
}

/** A call whose deadline passes, or whose caller leaves, is answered then, whatever its handler waits for. */
const answerInTime: Interceptor = (next) => async (request) => {
  if (request.stream) return next(request);
  const { signal } = request;
  if (signal.aborted) throw reasonOf(signal);
  // By hand and not by Promise.race, which makes more promises: every call comes by here.
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(reasonOf(signal));
    signal.addEventListener('abort', onAbort, ONCE);
    next(request).then(
      (response) => {
        signal.removeEventListener('abort', onAbort);
        resolve(response);
      },
      (error) => {
        signal.removeEventListener('abort', onAbort);
        reject(error);
      },
    );
  });
};

const ONCE = { once: true } as const;

/** What ended a call from outside, as an error: its deadline, this server's end, or else its caller. */
export function reasonOf(signal: AbortSignal): ConnectError {
  const reason = ConnectError.from(signal.reason);
  const isOurs = reason.code === Code.DeadlineExceeded || reason.code === Code.Unavailable;
  // A stream that was reset has other codes, as INTERNAL, which would read as a failure of this server.
  return isOurs ? reason : new ConnectError('the call was canceled', Code.Canceled);
}

/** What says how the server is doing answers to the end: health, and the pages, of which one says the same. */
const ALWAYS_SERVED: ReadonlySet<string> = new Set(['grpc.health.v1.Health', 'streamlib.http.Pages']);

function refuseWhileDraining(draining: AbortSignal): Interceptor {
  return (next) => (request) => {
    if (draining.aborted && !ALWAYS_SERVED.has(request.service.typeName)) throw shuttingDown();
    return next(request);
  };
}

/** What callers get from a server that is about to end. */
export const shuttingDown = (): StreamlibError =>
  new StreamlibError('SERVER_SHUTTING_DOWN', 'the server is shutting down');
