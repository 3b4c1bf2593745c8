import { Code, ConnectError } from '@connectrpc/connect';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { type EventBus, type Logger, type RuntimeOperations, StreamlibError } from '../runtime/index.ts';
import { createConnectDoor } from './connect-door.ts';
import { applyCrossOrigin } from './cross-origin.ts';
import { toConnectError } from './error-codes.ts';
import { serveEventStream } from './events/event-stream.ts';
import { openEventWindow } from './events/open-event-window.ts';
import { createLineSubscriptions } from './events/subscription-request.ts';
import { createHealthReporter } from './health-service.ts';
import { createInterceptors, shuttingDown } from './interceptors.ts';
import { createOnePortServer } from './one-port.ts';
import { mountOpenApi } from './openapi/openapi-door.ts';
import { createOriginPolicy } from './origin-policy.ts';
import { createReflection } from './reflection-service.ts';
import type { AnyRequest, AnyResponse } from './request-listener.ts';
import { pathNotFound } from './rest/index.ts';
import { createRestDoor } from './rest-door.ts';
import { registerServices, SERVICES } from './services.ts';
import { createWebSocketDoor } from './web-socket-door.ts';

/** What the events that are kept may cost together, whatever their number. */
const WINDOW_BYTES = 128 * 1024 * 1024;

const EVENTS_PATH = '/api/events';

/** How the server is to be. */
export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  readonly corsOrigins: readonly string[];
  readonly maxBodyBytes: number;
  readonly windowEvents: number;
  readonly drainMs: number;
  readonly runtime: RuntimeOperations;
  readonly bus: EventBus;
  readonly log: Logger;
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
  const { runtime, bus, log, maxBodyBytes } = options;
  const policy = createOriginPolicy(options.corsOrigins);
  const draining = new AbortController();
  const closing = new AbortController();
  const opened = await openEventWindow({
    runtime,
    bus,
    capacity: options.windowEvents,
    maxBytes: WINDOW_BYTES,
  });
  const source = { window: opened.window, runtime, draining: draining.signal };
  const interceptors = createInterceptors({ log, draining: draining.signal });
  const health = createHealthReporter(SERVICES.map((service) => service.typeName));
  const connect = createConnectDoor({
    interceptors,
    maxBodyBytes,
    closing: closing.signal,
    log,
    register(router) {
      registerServices(router, source);
      health.register(router);
      createReflection(SERVICES).register(router);
    },
  });
  const rest = createRestDoor({ handlers: connect.handlers, maxBodyBytes, log });
  const subscriptions = createLineSubscriptions({ source, transcoder: rest, interceptors });
  const sockets = createWebSocketDoor({ eventsPath: EVENTS_PATH, subscriptions, transcoder: rest, policy });

  const app = fastify({
    logger: false,
    // An unknown path is the transcoder's to refuse, and so is one that cannot be decoded.
    frameworkErrors: (_error, request, reply) => serveRest(request as FastifyRequest, reply as FastifyReply),
  });
  app.addHook('onRequest', (request, reply, done) => {
    const decision = applyCrossOrigin(request.raw, reply.raw, policy);
    if (decision === 'serve') return done();
    reply.hijack();
    if (decision === 'refuse') rest.writeError(request.raw, reply.raw, foreignPage(request.raw));
  });
  app.get('/health', (_request, reply) => reply.type('text/plain').send('ok'));
  app.get('/api/health', () => ({
    status: draining.signal.aborted ? 'draining' : 'ok',
    version: opened.version,
    uptime_seconds: Math.round(process.uptime()),
  }));
  mountOpenApi(app, rest.routes, opened.version);
  app.route({
    method: ['GET', 'HEAD'],
    url: EVENTS_PATH,
    exposeHeadRoute: false,
    onRequest: (request, reply) => {
      reply.hijack();
      void serveEventStream(request.raw, reply.raw, subscriptions, rest);
    },
    handler: neverReached,
  });
  // Bodies are read by the doors, which know their limits and encodings.
  app.all('/*', {
    onRequest: (request, reply) => {
      if (connect.tryServe(request.raw, reply.raw)) reply.hijack();
      else serveRest(request, reply);
    },
    handler: neverReached,
  });
  app.setNotFoundHandler((request, reply) => serveRest(request, reply));

  function serveRest(request: FastifyRequest, reply: FastifyReply): void {
    reply.hijack();
    void answerRest(request.raw, reply.raw);
  }

  async function answerRest(request: AnyRequest, response: AnyResponse): Promise<void> {
    if (await rest.handle(request, response)) return;
    rest.writeError(request, response, pathNotFound(request.url ?? ''));
  }

  await app.ready();
  const server = createOnePortServer({
    onRequest: (request, response) => app.routing(request as never, response as never),
    onUpgrade: sockets.upgrade,
  });
  const port = await listen(server.listen, options).catch((error: unknown) => {
    opened[Symbol.dispose]();
    throw error;
  });

  return {
    host: options.host,
    port,
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
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
