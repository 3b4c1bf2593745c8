import type { JsonObject } from '@bufbuild/protobuf';

const html: JsonObject = { 'text/html': { schema: { type: 'string' } } };

/** The routes that are no methods of a service; each stands where it is served, in http-server.ts. */
export const HAND_WRITTEN_PATHS: JsonObject = {
  '/health': {
    get: {
      operationId: 'health',
      tags: ['Server'],
      summary: 'Whether the server answers',
      responses: { 200: { description: 'It does.', content: { 'text/plain': { schema: { const: 'ok' } } } } },
    },
  },
  '/api/health': {
    get: {
      operationId: 'serverHealth',
      tags: ['Server'],
      summary: 'How the server is doing',
      responses: {
        200: {
          description: 'It answers.',
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: ['status', 'version', 'uptime_seconds'],
                properties: {
                  status: { type: 'string', enum: ['ok', 'draining'] },
                  version: { type: 'string' },
                  uptime_seconds: { type: 'integer', minimum: 0 },
                },
              },
            },
          },
        },
      },
    },
  },
  '/metrics': {
    get: {
      operationId: 'prometheusMetrics',
      tags: ['Server'],
      summary: 'What GET /api/metrics answers, as Prometheus scrapes it',
      responses: {
        200: { description: 'Text format 0.0.4.', content: { 'text/plain': { schema: { type: 'string' } } } },
      },
    },
  },
  '/api/openapi.json': {
    get: {
      operationId: 'openApiDocument',
      tags: ['Server'],
      summary: 'This document',
      responses: {
        200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: { type: 'object' } } } },
      },
    },
  },
  '/docs': {
    get: {
      operationId: 'docs',
      tags: ['Server'],
      summary: 'This document as a page on which every call can be tried',
      responses: { 200: { description: 'The page.', content: html } },
    },
  },
};
