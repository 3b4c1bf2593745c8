import { cors } from '@connectrpc/connect';
import type { OriginPolicy } from './origin-policy.ts';
import type { AnyRequest, AnyResponse } from './request-listener.ts';

/** How long a browser may remember a preflight: the longest that any takes. */
const PREFLIGHT_SECONDS = '7200';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'].join(', ');
const REQUEST_HEADERS = [
  ...cors.allowedHeaders,
  'Authorization',
  'Last-Event-ID',
  'Traceparent',
  'X-Request-Id',
].join(', ');
const EXPOSED_HEADERS = [...cors.exposedHeaders, 'Retry-After', 'X-Request-Id'].join(', ');

/** Methods that a page can send anywhere without asking first, but that change nothing. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What is to become of a request after its origin was looked at. */
export type CrossOriginDecision = 'serve' | 'answered' | 'refuse';

/**
 * Sets the headers that let allowed pages read the answer, and answers their preflights. A foreign page gets no
 * such header, so that its browser keeps the answer from it, and may not change anything.
 */
export function applyCrossOrigin(
  request: AnyRequest,
  response: AnyResponse,
  policy: OriginPolicy,
): CrossOriginDecision {
  const { origin } = request.headers;
  const verdict = policy(origin, hostOf(request));
  response.setHeader('vary', 'origin');
  if (verdict === 'foreign') return SAFE_METHODS.has(request.method ?? '') ? 'serve' : 'refuse';
  if (verdict !== 'allowed' || origin === undefined) return 'serve';
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-expose-headers', EXPOSED_HEADERS);
  if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) {
    return 'serve';
  }
  response.setHeader('access-control-allow-methods', METHODS);
  response.setHeader('access-control-allow-headers', REQUEST_HEADERS);
  response.setHeader('access-control-max-age', PREFLIGHT_SECONDS);
  response.statusCode = 204;
  response.end();
  return 'answered';
}

/** Whom the request believes to talk to. */
export const hostOf = (request: AnyRequest): string | undefined =>
  request.headers.host ?? (request.headers[':authority'] as string | undefined);
