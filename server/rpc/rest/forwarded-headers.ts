import type { RequestHeaders } from './read-body.ts';

const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

const notToHandler = new Set([
  ...hopByHop,
  'accept',
  'accept-encoding',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'http2-settings',
  'x-http-method-override',
  'x-server-timeout',
]);

const notToCaller = new Set([
  ...hopByHop,
  'accept-encoding',
  'content-encoding',
  'content-length',
  'content-type',
]);

/** Whether the header speaks about one of the RPC protocols and not about the call. */
function isProtocolHeader(name: string): boolean {
  return name.startsWith(':') || name.startsWith('connect-') || name.startsWith('grpc-');
}

/** The request headers that a handler sees: no hop-by-hop headers, and none about the encoding of the body. */
export function headersForHandler(headers: RequestHeaders): Headers {
  const forwarded = new Headers();
  const named = new Set(
    String(headers.connection ?? '')
      .toLowerCase()
      .split(/[ \t]*,[ \t]*/),
  );
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || notToHandler.has(name) || named.has(name) || isProtocolHeader(name)) continue;
    for (const one of typeof value === 'string' ? [value] : value) forwarded.append(name, one);
  }
  return forwarded;
}

/** The headers of an answer that reach the caller; its trailers are among them, as `trailer-*`. */
export function headersForCaller(headers: Headers): Map<string, string | string[]> {
  const forwarded = new Map<string, string | string[]>();
  for (const [name, value] of headers) {
    if (notToCaller.has(name) || isProtocolHeader(name)) continue;
    forwarded.set(name, name === 'set-cookie' ? headers.getSetCookie() : value);
  }
  return forwarded;
}
