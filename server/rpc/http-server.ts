import { Code, ConnectError, type Interceptor } from '@connectrpc/connect';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import {
  type EventBus,
  type LinkTaps,
  type Logger,
  type RuntimeOperations,
  StreamlibError,
} from '../runtime/index.ts';
import { type ConnectDoorOptions, createConnectDoor } from './connect-door.ts';
import { applyCrossOrigin } from './cross-origin.ts';
import { createDirectCalls } from './direct-calls.ts';
import { toConnectError } from './error-codes.ts';
import { serveEventStream } from './events/event-stream.ts';
import { createLineForms } from './events/line-forms.ts';
import { openEventWindow } from './events/open-event-window.ts';
import { createRunnerForm } from './events/runner-form.ts';
import { runnerSubscription } from './events/runner-subscription.ts';
import { createLineSubscriptions } from './events/subscription-request.ts';
import { createHealthReporter } from './health-service.ts';
import type { ConnectionTimeouts } from './http2-upkeep.ts';
import { createInterceptors, shuttingDown } from './interceptors.ts';
import { createMetricsPage } from './metrics-page.ts';
import { createOnePortServer } from './one-port.ts';
import { createOpenApiPages } from './openapi/openapi-pages.ts';
import { createOriginPolicy } from './origin-policy.ts';
import { addPages } from './pages.ts';
import { createReflection } from './reflection-service.ts';
import { identifyRequest, REQUEST_ID_HEADER } from './request-identity.ts';
import { limitRefusal, type RequestLimits } from './request-limits.ts';
import type { AnyRequest, AnyResponse } from './request-listener.ts';
import { methodNotAllowed, pathNotFound } from './rest/index.ts';
import { createRestDoor } from './rest-door.ts';
import { registerServices, SERVICES } from './services.ts';
import { createStreamCaps, type StreamLimits } from './stream-caps.ts';
import type { TlsIdentity } from './tls-identity.ts';
import { createWebSocketDoor } from './web-socket-door.ts';

/** What the events that are kept may cost together, whatever their number. */
const WINDOW_BYTES = 128 * 1024 * 1024;

const EVENTS_PATH = '/api/events';
const RUNNER_EVENTS_PATH = '/ws';

const ANY_PATH = '/*';

/** How streams are to be. */
export interface StreamOptions extends StreamLimits {
  /** How long one of events may last; without it, for ever. */
  readonly maxAgeMs?: number | undefined;
  /** How often the peer of a WebSocket is asked whether it is there. */
  readonly pingMs: number;
}

/** How the server is to be. */
export interface HttpServerOptions {
  /** Every door is behind TLS with this, and none without. */
  readonly tls?: TlsIdentity | undefined;
  /** Registers services beside those of the schema: they pass the same doors and the same chain. */
  readonly register?: ConnectDoorOptions['register'];
  readonly host: string;
  readonly port: number;
  readonly corsOrigins: readonly string[];
  readonly maxBodyBytes: number;
  readonly limits: RequestLimits;
  readonly streams: StreamOptions;
  readonly timeouts: ConnectionTimeouts;
  readonly windowEvents: number;
  readonly drainMs: number;
  readonly runtime: RuntimeOperations;
  readonly bus: EventBus;
  readonly taps: LinkTaps;
  readonly log: Logger;
  /** What every call passes beside the server's own chain, where authentication and quotas will stand. */
  readonly interceptors?: readonly Interceptor[];
}

/** A server that listens. */
export interface HttpServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** Takes no more calls, ends the streams and waits for open calls, at most `drainMs`. Then nothing is open. */
  drain(): Promise<void>;
}

/** Starts every door on one port. Throws ADDRESS_IN_USE and CONFIG_INVALID naming the config's field. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { runtime, bus, log, maxBodyBytes, limits, timeouts } = options;
  const policy = createOriginPolicy(options.corsOrigins);
  const draining = new AbortController();
  const closing = new AbortController();
  const opened = await openEventWindow({
    runtime,
    bus,
    capacity: options.windowEvents,
    maxBytes: WINDOW_BYTES,
  });
  const source = {
    window: opened.window,
    runtime,
    taps: options.taps,
    draining: draining.signal,
    maxAgeMs: options.streams.maxAgeMs,
  };
  const interceptors = createInterceptors({
    log,
    draining: draining.signal,
    further: [...(options.interceptors ?? []), createStreamCaps(options.streams)],
  });
  const health = createHealthReporter(SERVICES.map((service) => service.typeName));
  const direct = createDirectCalls(interceptors);
  const connect = createConnectDoor({
    interceptors,
    maxBodyBytes,
    limits,
    closing: closing.signal,
    log,
    register(router) {
      registerServices(direct.recording(router), source);
      health.register(router);
      createReflection(SERVICES).register(router);
      options.register?.(router);
    },
  });
  const rest = createRestDoor({
    handlers: connect.handlers,
    unaryCalls: direct.unary,
    closing: closing.signal,
    maxBodyBytes,
    log,
  });
  const subscriptions = createLineSubscriptions({ source, transcoder: rest, interceptors });
  const forms = createLineForms(rest.print);
  const sockets = createWebSocketDoor({
    eventSockets: [
      { path: EVENTS_PATH, form: forms.webSocket, subscriptionUrl: (url) => url },
      {
        path: RUNNER_EVENTS_PATH,
        form: createRunnerForm(rest.print),
        subscriptionUrl: (url) => `${EVENTS_PATH}?${runnerSubscription(url)}`,
      },
    ],
    subscriptions,
    draining: draining.signal,
    transcoder: rest,
    policy,
    limits,
    pingMs: options.streams.pingMs,
  });

  const app = fastify({
    logger: false,
    // An unknown path is the transcoder's to refuse, and so is one that cannot be decoded.
    frameworkErrors: (_error, request, reply) => serveRest(request as FastifyRequest, reply as FastifyReply),
  });
  app.addHook('onRequest', (request, reply, done) => {
    reply.raw.setHeader(REQUEST_ID_HEADER, identifyRequest(request.raw.headers));
    const decision = applyCrossOrigin(request.raw, reply.raw, policy);
    if (decision === 'serve') return done();
    reply.hijack();
    if (decision === 'refuse') rest.writeError(request.raw, reply.raw, foreignPage(request.raw));
  });
  // The one route that passes no interceptor: whoever watches over the process asks it, and it says nothing else.
  app.get('/health', (_request, reply) => reply.type('text/plain').send('ok'));
  const healthPage = {
    path: '/api/health',
    render: () => ({
      contentType: 'application/json; charset=utf-8',
      body: JSON.stringify({
        status: draining.signal.aborted ? 'draining' : 'ok',
        version: opened.version,
        uptime_seconds: Math.round(process.uptime()),
      }),
    }),
  };
  const pages = [healthPage, createMetricsPage(runtime), ...createOpenApiPages(rest.routes, opened.version)];
  addPages(app, pages, { interceptors, transcoder: rest });
  app.route({
    method: ['GET', 'HEAD'],
    url: EVENTS_PATH,
    exposeHeadRoute: false,
    onRequest: (request, reply) => {
      reply.hijack();
      const refusal = limitRefusal(request.raw, limits);
      if (refusal === undefined)
        void serveEventStream(request.raw, reply.raw, { subscriptions, forms, transcoder: rest });
      else rest.writeError(request.raw, reply.raw, refusal);
    },
    handler: neverReached,
  });
  // Bodies are read by the doors, which know their limits and encodings.
  app.all(ANY_PATH, {
    onRequest: (request, reply) => {
      if (connect.tryServe(request.raw, reply.raw)) reply.hijack();
      else serveRest(request, reply);
    },
    handler: neverReached,
  });
  app.setNotFoundHandler((request, reply) => serveRest(request, reply));

  function serveRest({ raw: request }: FastifyRequest, reply: FastifyReply): void {
    reply.hijack();
    const refusal = limitRefusal(request, limits);
    if (refusal === undefined) void answerRest(request, reply.raw);
    else rest.writeError(request, reply.raw, refusal);
  }

  async function answerRest(request: AnyRequest, response: AnyResponse): Promise<void> {
    if (await rest.handle(request, response)) return;
    rest.writeError(request, response, refusalOf(request));
  }

  /** Of a path that neither a method nor a page has, or a page that is asked for other than by GET. */
  function refusalOf({ method = '', url = '' }: AnyRequest): ConnectError {
    const [path = ''] = url.split('?', 1);
    const isPage = path !== ANY_PATH && app.hasRoute({ method: 'GET', url: path });
    return isPage ? methodNotAllowed(method, ['GET', 'HEAD']) : pathNotFound(url);
  }

  await app.ready();
  const server = createOnePortServer({
    tls: options.tls,
    onRequest: (request, response) => app.routing(request as never, response as never),
    onUpgrade: sockets.upgrade,
    timeouts,
    // Room beyond the limits, so that most of what breaks them gets an answer that says which and by how much.
    maxHeadBytes: 2 * (limits.maxHeaderBytes + limits.maxUrlBytes),
    printRefusal: (status, message) => rest.printError(refusalBeforeRequest(status, message)),
  });
  const port = await listen(server.listen, options).catch((error: unknown) => {
    opened[Symbol.dispose]();
    throw error;
  });

  return {
    host: options.host,
    port,
    url: `${options.tls === undefined ? 'http' : 'https'}://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    async drain() {
      health.stopServing();
      draining.abort(toConnectError(shuttingDown()));
      const timer = setTimeout(() => {
        log.warn('open connections are ended by force', { connections: server.connections });
        closing.abort(toConnectError(shuttingDown()));
        sockets.destroy();
        // One turn, so that open calls still get their error.
        setImmediate(server.destroy);
      }, options.drainMs);
      await server.drain();
      clearTimeout(timer);
      opened[Symbol.dispose]();
      await app.close();
    },
  };
}

const neverReached = (): never => {
  throw new Error('a request was neither answered nor taken over');
};

/** What is refused before it is a request: too large (431), too slow (408) or no HTTP. */
function refusalBeforeRequest(status: number, message: string): ConnectError {
  const code = { 408: Code.DeadlineExceeded, 431: Code.ResourceExhausted }[status] ?? Code.InvalidArgument;
  return toConnectError(new ConnectError(message, code));
}

function foreignPage({ headers }: AnyRequest): ConnectError {
  const message = `origin is not allowed to change anything, was ${JSON.stringify(headers.origin)}`;
  return new ConnectError(message, Code.PermissionDenied);
}

async function listen(
  start: (host: string, port: number) => Promise<number>,
  { host, port }: HttpServerOptions,
): Promise<number> {
  try {
    return await start(host, port);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      const message = `config.port must be free, was ${port}: another program listens on ${host}`;
      throw new StreamlibError('ADDRESS_IN_USE', message, { path: 'config.port', cause: error });
    }
    const message = `config.host and config.port must be an address of this machine, was ${host}:${port} (${code})`;
    throw new StreamlibError('CONFIG_INVALID', message, { path: 'config.host', cause: error });
  }
}
