import type { IncomingHttpHeaders } from 'node:http';
import type { Page, PageBody } from '../pages.ts';
import { acceptsGzip, type Route } from '../rest/index.ts';
import { describeApi } from './api-description.ts';
import { type CachedContent, cacheContent } from './cached-content.ts';
import { DOCS_FILES } from './docs-files.ts';

/** What the page may load and call: this server, and the pictures inside the viewer's style sheet. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The OpenAPI document and the page on which to read and try it. Each is made at its first request. */
export function createOpenApiPages(routes: readonly Route[], version: string): Page[] {
  const document = cacheContent(async () => JSON.stringify(describeApi(routes, version)));
  const pages: Page[] = [
    {
      path: '/api/openapi.json',
      render: async (headers) => pageBody(headers, 'application/json', await document()),
    },
  ];
  for (const [path, file] of DOCS_FILES) {
    const content = cacheContent(file.read);
    pages.push({
      path,
      render: async (headers) => {
        const page = pageBody(headers, file.contentType, await content());
        return { ...page, headers: { ...page.headers, 'content-security-policy': CONTENT_SECURITY_POLICY } };
      },
    });
  }
  return pages;
}

function pageBody(
  requestHeaders: IncomingHttpHeaders,
  contentType: string,
  { bytes, zipped, etag }: CachedContent,
): PageBody {
  const headers = {
    etag,
    // Asked for each time, since the next version of the server has the same addresses.
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    // Beside the origin, which the cross-origin rules have set.
    vary: 'origin, accept-encoding',
  };
  if (!acceptsGzip(requestHeaders['accept-encoding'])) return { contentType, body: bytes, headers };
  return { contentType, body: zipped, headers: { ...headers, 'content-encoding': 'gzip' } };
}
