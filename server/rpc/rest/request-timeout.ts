import { Code, ConnectError } from '@connectrpc/connect';
import { headerValue, type RequestHeaders } from './read-body.ts';

const grpcUnitMs: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

// What the Connect protocol can say: ten digits.
const maxTimeoutMs = 9_999_999_999;

/**
 * The deadline that the caller asked for, in whole milliseconds, rounded up; undefined where it asked for none.
 * Read from connect-timeout-ms, grpc-timeout and x-server-timeout (seconds); of several the shortest holds. A
 * malformed value is INVALID_ARGUMENT.
 */
export function parseRequestTimeoutMs(headers: RequestHeaders): number | undefined {
  const timeouts = [
    parseWith(headers, 'connect-timeout-ms', /^([0-9]{1,10})$/, ([, digits]) => Number(digits)),
    parseWith(
      headers,
      'grpc-timeout',
      /^([0-9]{1,8})([HMSmun])$/,
      ([, digits, unit]) => Number(digits) * (grpcUnitMs[unit ?? ''] ?? 0),
    ),
    parseWith(
      headers,
      'x-server-timeout',
      /^([0-9]{1,10}(?:\.[0-9]{1,9})?)$/,
      ([, text]) => Number(text) * 1_000,
    ),
  ].filter((timeout) => timeout !== undefined);
  return timeouts.length === 0 ? undefined : Math.min(maxTimeoutMs, Math.ceil(Math.min(...timeouts)));
}

function parseWith(
  headers: RequestHeaders,
  name: string,
  pattern: RegExp,
  toMs: (match: RegExpExecArray) => number,
): number | undefined {
  const value = headerValue(headers, name);
  if (value === undefined) return undefined;
  const match = pattern.exec(value);
  if (match === null) {
    throw new ConnectError(`${name} must be a timeout, was ${JSON.stringify(value)}`, Code.InvalidArgument);
  }
  return toMs(match);
}
