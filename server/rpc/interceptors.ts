import {
  Code,
  ConnectError,
  type Interceptor,
  type StreamResponse,
  type UnaryResponse,
} from '@connectrpc/connect';
import { type Logger, StreamlibError } from '../runtime/index.ts';
import { isInternal, toConnectError } from './error-codes.ts';
import { createValidation } from './validation.ts';

/** What the chain needs from the server. */
export interface InterceptorOptions {
  readonly log: Logger;
  /** Aborted when the server takes no more calls. */
  readonly draining: AbortSignal;
}

/**
 * What every call passes, whichever door it came through, outermost first. Authentication will stand before
 * validation, so that a stranger learns nothing about the schema.
 */
export function createInterceptors({ log, draining }: InterceptorOptions): Interceptor[] {
  return [reportErrors(log), answerInTime, refuseWhileDraining(draining), createValidation()];
}

/** Turns what a handler throws into an error with code, reason and fields; logs what must not be sent. */
function reportErrors(log: Logger): Interceptor {
  return (next) => async (request) => {
    const convert = (error: unknown): ConnectError => {
      const converted = toConnectError(error);
      if (isInternal(converted)) {
        const cause =
          converted.cause instanceof Error ? (converted.cause.stack ?? '') : String(converted.cause);
        log.error(`${request.service.typeName}/${request.method.name} failed`, { cause });
      }
      return converted;
    };
    try {
      const response = await next(request);
      return response.stream ? { ...response, message: convertingErrors(response, convert) } : response;
    } catch (error) {
      throw convert(error);
    }
  };
}

async function* convertingErrors(
  { message }: StreamResponse,
  convert: (error: unknown) => ConnectError,
): StreamResponse['message'] {
  try {
    yield* message;
  } catch (error) {
    throw convert(error);
  }
}

/** A call whose deadline passes, or whose caller leaves, is answered then, whatever its handler waits for. */
const answerInTime: Interceptor = (next) => async (request) => {
  if (request.stream) return next(request);
  const { signal } = request;
  if (signal.aborted) throw reasonOf(signal);
  let onAbort = (): void => undefined;
  const aborted = new Promise<UnaryResponse>((_, reject) => {
    onAbort = () => reject(reasonOf(signal));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([next(request), aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};

/** What ended a call from outside, as an error: its deadline, this server's end, or else its caller. */
export function reasonOf(signal: AbortSignal): ConnectError {
  const reason = ConnectError.from(signal.reason);
  const isOurs = reason.code === Code.DeadlineExceeded || reason.code === Code.Unavailable;
  // A stream that was reset has other codes, as INTERNAL, which would read as a failure of this server.
  return isOurs ? reason : new ConnectError('the call was canceled', Code.Canceled);
}

/** The service that says how the server is doing answers to the end. */
const ALWAYS_SERVED = 'grpc.health.v1.Health';

function refuseWhileDraining(draining: AbortSignal): Interceptor {
  return (next) => (request) => {
    if (draining.aborted && request.service.typeName !== ALWAYS_SERVED) throw shuttingDown();
    return next(request);
  };
}

/** What callers get from a server that is about to end. */
export const shuttingDown = (): StreamlibError =>
  new StreamlibError('SERVER_SHUTTING_DOWN', 'the server is shutting down');
