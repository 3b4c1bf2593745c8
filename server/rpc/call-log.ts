import { Code, ConnectError, type Interceptor, type StreamResponse } from '@connectrpc/connect';
import type { JsonObject, Logger } from '../runtime/index.ts';
import { doorKey, identityKey, peerKey } from './call-context.ts';
import { isInternal } from './error-codes.ts';

type Call = Parameters<ReturnType<Interceptor>>[0];

/**
 * One line per call at level `debug`, when it has ended, and one at `error` with the cause for each that failed by a
 * fault of ours. Both name the request and its trace, by which the lines of other threads are found.
 */
export function createCallLog(log: Logger): Interceptor {
  return (next) => async (call) => {
    const startedMs = performance.now();
    const ended = (thrown?: unknown): void => {
      const error = thrown === undefined ? undefined : ConnectError.from(thrown);
      const code = error === undefined ? 'ok' : codeName(error.code);
      const tookMs = Math.round((performance.now() - startedMs) * 1000) / 1000;
      log.debug('call', { ...nameOf(call), code, took_ms: tookMs });
      if (error === undefined || !isInternal(error)) return;
      log.error(`${methodOf(call)} failed`, { ...nameOf(call), cause: causeOf(error) });
    };
    try {
      const response = await next(call);
      if (response.stream) return { ...response, message: watched(response.message, ended) };
      ended();
      return response;
    } catch (error) {
      ended(error);
      throw error;
    }
  };
}

async function* watched(
  messages: StreamResponse['message'],
  ended: (error?: unknown) => void,
): StreamResponse['message'] {
  let failure: unknown;
  try {
    yield* messages;
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    ended(failure);
  }
}

const methodOf = ({ service, method }: Call): string => `${service.typeName}/${method.name}`;

function nameOf(call: Call): JsonObject {
  const { contextValues } = call;
  const { requestId, trace } = contextValues.get(identityKey);
  return {
    method: methodOf(call),
    door: contextValues.get(doorKey),
    peer: contextValues.get(peerKey),
    request_id: requestId,
    trace_id: trace?.traceId ?? '',
  };
}

function causeOf({ cause }: ConnectError): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}

const codeName = (code: Code): string =>
  Code[code].replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
