import { randomUUID } from 'node:crypto';

/** Where a call belongs in a distributed trace (W3C Trace Context, version 00). */
export interface TraceContext {
  /** 32 hexadecimal digits, not all zero. */
  readonly traceId: string;
  /** 16 hexadecimal digits, not all zero. */
  readonly spanId: string;
  /** Two hexadecimal digits; the last bit says whether the caller samples. */
  readonly flags: string;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);

/**
 * Reads a `traceparent` header. Undefined where it breaks a rule of the recommendation: such a header is to be treated
 * as if it were absent. A version above 00 is read as far as 00 knows it.
 */
export function parseTraceparent(text: string): TraceContext | undefined {
  const match = TRACEPARENT.exec(text);
  if (match === null) return undefined;
  const [, version = '', traceId = '', spanId = '', flags = '', more] = match;
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined;
  return { traceId, spanId, flags };
}

/** The next step of a trace: a new span under the caller's, or the first span of a new trace, which is not sampled. */
export function nextSpan(parent: TraceContext | undefined): TraceContext {
  // A version 4 UUID has digits that are never zero, and Node keeps a store of random bytes for them.
  const spanId = randomUUID().replaceAll('-', '').slice(0, 16);
  if (parent !== undefined) return { ...parent, spanId };
  return { traceId: randomUUID().replaceAll('-', ''), spanId, flags: '00' };
}

/** As a `traceparent` header. */
export const formatTraceparent = ({ traceId, spanId, flags }: TraceContext): string =>
  `00-${traceId}-${spanId}-${flags}`;
