import type { DescMessage, DescMethod, Message, MessageShape } from '@bufbuild/protobuf';
import { Code, ConnectError, type ContextValues } from '@connectrpc/connect';
import { bindRequest } from './bind-request.ts';
import { compileRoutes, type Route } from './compile-routes.ts';
import { invalidField } from './field-problem.ts';
import { methodNotAllowed, pathNotFound } from './http-problem.ts';
import { type HandlerCall, invokeUnary, type UnaryCall } from './invoke-handler.ts';
import { type FrameLayout, openStream } from './open-stream.ts';
import { headerValue, type RequestHeaders, readBody } from './read-body.ts';
import { type RequestTarget, splitRequestTarget } from './request-target.ts';
import { parseRequestTimeoutMs } from './request-timeout.ts';
import { createRouteMatcher, type RouteMatch } from './route-matcher.ts';
import { chooseStreamFormat, ndjsonFormat } from './stream-format.ts';
import { createTranscoderCodec } from './transcoder-codec.ts';
import type { TranscoderOptions } from './transcoder-options.ts';
import {
  hasBody,
  isGone,
  type NodeRequest,
  type NodeResponse,
  responseAborter,
  writeAnswer,
  writeChunk,
  writeHead,
} from './write-response.ts';

const defaultMaxBodyBytes = 4 * 1024 * 1024;
const noBody = new Uint8Array();
const LINES: FrameLayout = { contentType: ndjsonFormat.contentType, frameMessage: ndjsonFormat.frameMessage };

/** A request that is not served from a Node request and response, as a WebSocket upgrade. */
export interface DetachedRequest {
  /** Raw target, as `/v1/things?limit=3`. */
  readonly url: string;
  readonly headers: RequestHeaders;
}

/** Serves the annotated methods of some services over plain HTTP and JSON. */
export interface Transcoder {
  /** Every route, in the order of the descriptors. */
  readonly routes: readonly Route[];
  /**
   * Answers the request and resolves when that is done, errors of the request and of the handler included. Gives
   * false, with nothing read or written, where no route has the path. The body must not have been read.
   */
  handle(request: NodeRequest, response: NodeResponse): Promise<boolean>;
  /**
   * The request message of a GET, for a route of `method` that is answered elsewhere: bound as `handle` binds it,
   * and not run. Throws ConnectError.
   */
  bindRequest<Method extends DescMethod>(
    method: Method,
    request: DetachedRequest,
  ): MessageShape<Method['input']>;
  /**
   * Calls the server-streaming method behind a GET and gives its NDJSON lines, or the bytes of HttpBody. Rejects with
   * a ConnectError where the stream fails before its first message, and so does the iteration where it fails later.
   * Abort the signal, or leave the iteration, to end the handler.
   */
  openLines(
    request: DetachedRequest,
    signal: AbortSignal,
    contextValues?: ContextValues,
  ): Promise<AsyncIterable<string | Uint8Array>>;
  /** A message as JSON text in the style of the options. */
  print<Desc extends DescMessage>(desc: Desc, message: MessageShape<Desc>): string;
  /** The JSON body of an error; what is no ConnectError is shown as `internal error`. */
  printError(error: unknown): string;
  /** Answers a request that `handle` did not take with an error, in the same form. */
  writeError(request: NodeRequest, response: NodeResponse, error: unknown): void;
}

/** Compiles the routes and makes a transcoder. Throws RouteError where an annotation cannot be served. */
export function createTranscoder(options: TranscoderOptions): Transcoder {
  const routes = compileRoutes(options.services, options.httpRule);
  const matcher = createRouteMatcher(routes);
  const codec = createTranscoderCodec(options);
  const handlers = new Map(options.handlers.map((handler) => [handler.requestPath, handler]));
  const open = new Set<AbortController>();
  const { closing } = options;
  closing?.addEventListener('abort', () => {
    for (const aborter of open) aborter.abort(closing.reason);
  });
  const maxBodyBytes = options.maxBodyBytes ?? defaultMaxBodyBytes;
  const eventId = options.eventId ?? ((_message: Message, place: number) => String(place));

  return {
    routes,
    async handle(request, response) {
      const target = splitRequestTarget(request.url ?? '');
      const match = matcher.match(request.method ?? '', target.path);
      if (match.kind === 'none') return false;
      if (match.kind === 'method_not_allowed' && request.method === 'OPTIONS') {
        response.statusCode = 204;
        response.setHeader('allow', match.allowed.join(', '));
        response.end();
        return true;
      }
      const aborter = responseAborter(request, response);
      open.add(aborter);
      try {
        await answer(request, response, requireRoute(match, request.method, target), target, aborter.signal);
      } catch (error) {
        writeError(request, response, error);
      } finally {
        open.delete(aborter);
      }
      return true;
    },
    bindRequest(method, request) {
      const { match, message } = bindDetached(request);
      if (
        match.route.method.name !== method.name ||
        match.route.method.parent.typeName !== method.parent.typeName
      ) {
        throw pathNotFound(request.url);
      }
      return message as MessageShape<(typeof method)['input']>;
    },
    async openLines(request, signal, contextValues) {
      const { match, message } = bindDetached(request);
      if (match.route.method.methodKind !== 'server_streaming') throw pathNotFound(request.url);
      const call = prepareCall(match.route, message, request.headers, signal, contextValues);
      const stream = await openStream(match.route, call, LINES, codec, eventId);
      return stream.frames;
    },
    print: (desc, message) => codec.printer.print(desc, message),
    printError: (error) => codec.printError(codec.toConnectError(error)),
    writeError,
  };

  async function answer(
    request: NodeRequest,
    response: NodeResponse,
    match: FoundRoute,
    { query }: RequestTarget,
    signal: AbortSignal,
  ): Promise<void> {
    const { route } = match;
    const { headers } = request;
    const body = hasBody(request) ? await readBody(bytesOf(request), headers, maxBodyBytes) : noBody;
    const { message } = bindRequest({ ...match, query, headers, body }, codec.binding);
    const call = prepareCall(route, message, headers, signal, options.contextValues?.(request));
    if (route.method.methodKind === 'server_streaming') {
      await answerStream(request, response, route, call);
    } else {
      const invoke: UnaryCall = options.unaryCalls?.get(call.handler.requestPath) ?? invokeUnary;
      const result = await invoke(call);
      writeAnswer(request, response, codec.successAnswer(route, result.body, result.headers));
    }
  }

  async function answerStream(
    request: NodeRequest,
    response: NodeResponse,
    route: Route,
    call: HandlerCall,
  ): Promise<void> {
    const format = chooseStreamFormat(headerValue(request.headers, 'accept'));
    if (request.method === 'HEAD') {
      // A stream is not started only to be thrown away.
      writeHead(response, 200, undefined, format.contentType);
      response.end();
      return;
    }
    const stream = await openStream(route, call, format, codec, eventId);
    writeHead(response, 200, stream.headers, stream.contentType);
    if (!response.hasHeader('cache-control')) response.setHeader('cache-control', 'no-store');
    for await (const frame of stream.frames) {
      if (!(await writeChunk(response, frame))) break;
    }
    response.end();
  }

  function prepareCall(
    route: Route,
    message: Message,
    headers: RequestHeaders,
    signal: AbortSignal,
    contextValues: ContextValues | undefined,
  ): HandlerCall {
    const { method } = route;
    const handler = handlers.get(`/${method.parent.typeName}/${method.name}`);
    if (handler === undefined) {
      throw new ConnectError(
        `${method.parent.typeName}.${method.name} is not implemented`,
        Code.Unimplemented,
      );
    }
    const timeoutMs = parseRequestTimeoutMs(headers);
    return { handler, message, headers, timeoutMs, signal, contextValues };
  }

  function bindDetached(request: DetachedRequest): { match: FoundRoute; message: Message } {
    try {
      const { path, query } = splitRequestTarget(request.url);
      const match = requireRoute(matcher.match('GET', path), 'GET', { path, query });
      if (Number(headerValue(request.headers, 'content-length') ?? 0) > 0) {
        throw invalidField('', `${headerValue(request.headers, 'content-length')} bytes`, 'must be empty');
      }
      const parts = { ...match, query, headers: request.headers, body: noBody };
      return { match, message: bindRequest(parts, codec.binding).message };
    } catch (error) {
      throw codec.toConnectError(error);
    }
  }

  function writeError(request: NodeRequest, response: NodeResponse, error: unknown): void {
    // The caller has part of an answer and must notice that the rest is missing.
    if (response.headersSent) response.destroy();
    else if (!isGone(response))
      writeAnswer(request, response, codec.errorAnswer(codec.toConnectError(error)));
  }
}

type FoundRoute = Extract<RouteMatch, { kind: 'route' }>;

function requireRoute(match: RouteMatch, method: string | undefined, { path }: RequestTarget): FoundRoute {
  if (match.kind === 'route') return match;
  throw match.kind === 'none' ? pathNotFound(path) : methodNotAllowed(method ?? '', match.allowed);
}

/** The body as it arrives. A caller who leaves within it makes the iteration throw, over both versions of HTTP. */
function bytesOf(request: NodeRequest): AsyncIterable<Uint8Array> {
  // Leaving early must not destroy the connection: the answer still has to go out on it.
  return request.iterator({ destroyOnReturn: false });
}
