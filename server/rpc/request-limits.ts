import { Code, ConnectError } from '@connectrpc/connect';
import { errorDetails } from './error-codes.ts';
import type { AnyRequest } from './request-listener.ts';

/** How much of a request is read before its body. */
export interface RequestLimits {
  /** Of the path with its query. */
  readonly maxUrlBytes: number;
  /** Of all names and values together. */
  readonly maxHeaderBytes: number;
}

/** A refusal that has a status of its own on REST; elsewhere it is RESOURCE_EXHAUSTED. */
export type LimitRefusal = ConnectError & { readonly httpStatus: 414 | 431 };

/** Why a request is refused before its body is read, or undefined. */
export function limitRefusal(request: AnyRequest, limits: RequestLimits): LimitRefusal | undefined {
  const { maxUrlBytes, maxHeaderBytes } = limits;
  const urlBytes = request.url?.length ?? 0;
  if (urlBytes > maxUrlBytes)
    return refusal(414, 'max_url_bytes', 'the path and its query', maxUrlBytes, urlBytes);
  const headerBytes = request.rawHeaders.reduce((sum, text) => sum + text.length, 0);
  if (headerBytes > maxHeaderBytes)
    return refusal(431, 'max_header_bytes', 'the headers', maxHeaderBytes, headerBytes);
  return undefined;
}

function refusal(
  httpStatus: 414 | 431,
  limit: string,
  what: string,
  most: number,
  was: number,
): LimitRefusal {
  const message = `${what} must be at most ${most} bytes together, were ${was}`;
  const details = errorDetails('QUOTA', { limit });
  return Object.assign(new ConnectError(message, Code.ResourceExhausted, undefined, details), { httpStatus });
}
