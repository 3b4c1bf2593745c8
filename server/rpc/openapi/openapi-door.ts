import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
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

/** Mounts the OpenAPI document and the page on which to read and try it. Both are made at the first request. */
export function mountOpenApi(app: FastifyInstance, routes: readonly Route[], version: string): void {
  const document = cacheContent(async () => JSON.stringify(describeApi(routes, version)));
  app.get('/api/openapi.json', async (request, reply) => {
    reply.type('application/json');
    return send(request, reply, await document());
  });
  for (const [path, file] of DOCS_FILES) {
    const content = cacheContent(file.read);
    app.get(path, async (request, reply) => {
      reply.type(file.contentType);
      reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
      return send(request, reply, await content());
    });
  }
}

function send(request: FastifyRequest, reply: FastifyReply, content: CachedContent): FastifyReply {
  reply.header('etag', content.etag);
  // Asked for each time, since the next version of the server has the same addresses.
  reply.header('cache-control', 'no-cache');
  reply.header('x-content-type-options', 'nosniff');
  // Beside the origin, which the cross-origin rules have set.
  reply.header('vary', 'origin, accept-encoding');
  if (request.headers['if-none-match'] === content.etag) return reply.code(304).send();
  if (!acceptsGzip(request.headers['accept-encoding'])) return reply.send(content.bytes);
  return reply.header('content-encoding', 'gzip').send(content.zipped);
}
