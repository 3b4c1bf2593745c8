import type { IncomingHttpHeaders } from 'node:http';
import { create, createFileRegistry, type DescMethodUnary } from '@bufbuild/protobuf';
import { EmptySchema, FileDescriptorProtoSchema, file_google_protobuf_empty } from '@bufbuild/protobuf/wkt';
import {
  createContextKey,
  type Interceptor,
  type UnaryRequest,
  type UnaryResponse,
} from '@connectrpc/connect';
import type { FastifyInstance } from 'fastify';
import {
  file_google_api_httpbody,
  type HttpBody,
  HttpBodySchema,
} from '../../gen/ts/google/api/httpbody_pb.ts';
import { callContextValues } from './call-context.ts';
import type { AnyRequest, AnyResponse } from './request-listener.ts';
import type { Transcoder } from './rest/index.ts';

/** A GET that is no method of the schema: a document, a page, figures for a scraper. */
export interface Page {
  /** Without variables, as `/metrics`. */
  readonly path: string;
  /** Gets the headers of the request. Throws what a method may throw. */
  render(headers: IncomingHttpHeaders): PageBody | Promise<PageBody>;
}

/** What a page answers. */
export interface PageBody {
  readonly contentType: string;
  readonly body: string | Uint8Array;
  /** With an `etag` among them, a caller that has the page already is told so instead (304). */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What pages are served through. */
export interface PagesOptions {
  readonly interceptors: readonly Interceptor[];
  readonly transcoder: Transcoder;
}

/**
 * Adds the pages to the server. To the interceptors each is a call of `streamlib.http.Pages/Get` with an empty request
 * and the page as `google.api.HttpBody`, by the door `page`; the path stands in the url.
 */
export function addPages(app: FastifyInstance, pages: readonly Page[], options: PagesOptions): void {
  const { interceptors, transcoder } = options;
  for (const { path, render } of pages) {
    const call = interceptors.reduceRight<Call>(
      (next, interceptor) => interceptor(next as never) as Call,
      async ({ contextValues }) => responseOf(await render(contextValues.get(headersKey))),
    );
    app.get(path, async (request, reply) => {
      try {
        const { message, header } = await call(requestOf(request.raw, reply.raw));
        const { headers } = request;
        const isKnown = header.has('etag') && header.get('etag') === headers['if-none-match'];
        if (isKnown) header.delete('content-encoding');
        for (const [name, value] of header) reply.header(name, value);
        if (isKnown) return reply.code(304).send();
        return reply.type(message.contentType).send(Buffer.from(message.data));
      } catch (error) {
        reply.hijack();
        transcoder.writeError(request.raw, reply.raw, error);
      }
    });
  }
}

const headersKey = createContextKey<IncomingHttpHeaders>({}, { description: 'headers of the request' });

type Call = (request: UnaryRequest) => Promise<UnaryResponse & { readonly message: HttpBody }>;

const METHOD = describeMethod();

function describeMethod(): DescMethodUnary {
  const file = create(FileDescriptorProtoSchema, {
    name: 'streamlib/http/pages.proto',
    package: 'streamlib.http',
    syntax: 'proto3',
    dependency: [file_google_protobuf_empty.proto.name, file_google_api_httpbody.proto.name],
    service: [
      {
        name: 'Pages',
        method: [
          { name: 'Get', inputType: `.${EmptySchema.typeName}`, outputType: `.${HttpBodySchema.typeName}` },
        ],
      },
    ],
  });
  const known = [file_google_protobuf_empty, file_google_api_httpbody];
  const files = createFileRegistry(file, (name) => known.find(({ proto }) => proto.name === name));
  return files.getService('streamlib.http.Pages')?.method.get as DescMethodUnary;
}

function requestOf(request: AnyRequest, response: AnyResponse): UnaryRequest {
  const { headers, method = 'GET', url = '' } = request;
  const aborter = new AbortController();
  response.once('close', () => {
    if (!response.writableEnded) aborter.abort();
  });
  const header = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(':') && value !== undefined) header.set(name, String(value));
  }
  return {
    stream: false,
    service: METHOD.parent,
    method: METHOD,
    requestMethod: method,
    url: `http://in-process${url}`,
    header,
    contextValues: callContextValues(request, 'page').set(headersKey, headers),
    signal: aborter.signal,
    message: create(EmptySchema),
  };
}

function responseOf({
  contentType,
  body,
  headers,
}: PageBody): UnaryResponse & { readonly message: HttpBody } {
  return {
    stream: false,
    service: METHOD.parent,
    method: METHOD,
    header: new Headers(headers),
    trailer: new Headers(),
    message: create(HttpBodySchema, { contentType, data: Buffer.from(body) }),
  };
}
