import { StreamlibError } from '../runtime/index.ts';
import type { Processor, ProcessorDescriptor, RuntimeContext } from '../runtime/processor.ts';
import type { HttpServer } from './http-server.ts';
import { readTlsIdentity } from './tls-identity.ts';

/** What the config of an ApiServer may say. */
const configSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    host: { type: 'string', minLength: 1, default: '127.0.0.1', description: 'The address to listen on.' },
    port: {
      type: 'integer',
      minimum: 0,
      maximum: 65_535,
      default: 9000,
      description: 'The port to listen on; 0 takes a free one.',
    },
    cors_origins: {
      type: 'array',
      items: { type: 'string' },
      default: [],
      description: 'Origins whose pages may call this server, beside http://localhost:3000.',
    },
    insecure: {
      type: 'boolean',
      default: false,
      description:
        'Lets a host other than loopback be used, which lets anybody who reaches it change the graph.',
    },
    tls_cert: {
      type: 'string',
      default: '',
      description:
        'The file with the certificate in PEM, its chain included. With it every door is behind TLS; empty is none.',
    },
    tls_key: {
      type: 'string',
      default: '',
      description: 'The file with the private key of the certificate in PEM.',
    },
    max_body_bytes: {
      type: 'integer',
      minimum: 1024,
      maximum: 1_073_741_824,
      default: 4_194_304,
      description: 'The largest request that is read.',
    },
    max_header_bytes: {
      type: 'integer',
      minimum: 1024,
      maximum: 1_048_576,
      default: 16_384,
      description: 'The largest head of a request that is read, without its path.',
    },
    max_url_bytes: {
      type: 'integer',
      minimum: 256,
      maximum: 1_048_576,
      default: 8192,
      description: 'The longest path with its query that is read.',
    },
    header_timeout_ms: {
      type: 'integer',
      minimum: 100,
      maximum: 600_000,
      default: 15_000,
      description: 'How long a new connection may stay silent, and the head of a request take.',
    },
    request_timeout_ms: {
      type: 'integer',
      minimum: 100,
      maximum: 3_600_000,
      default: 60_000,
      description: 'How long a request may take to arrive, body included.',
    },
    idle_timeout_ms: {
      type: 'integer',
      minimum: 100,
      maximum: 86_400_000,
      default: 120_000,
      description: 'How long a connection without a call is kept.',
    },
    window_events: {
      type: 'integer',
      minimum: 1,
      maximum: 1_048_576,
      default: 65_536,
      description: 'How many events are kept for subscribers that come late or read slowly.',
    },
    max_streams: {
      type: 'integer',
      minimum: 1,
      maximum: 1_000_000,
      default: 10_000,
      description: 'How many streams (events, taps) may be open at the same time; a further one is refused.',
    },
    max_streams_per_connection: {
      type: 'integer',
      minimum: 1,
      maximum: 1000,
      default: 100,
      description: 'How many of them may share one connection of HTTP/2.',
    },
    max_stream_age_ms: {
      type: 'integer',
      minimum: 0,
      maximum: 2_592_000_000,
      default: 0,
      description:
        'How long a stream of events may last; it says that it ends, and whoever comes back misses nothing. 0 is for ever.',
    },
    ping_ms: {
      type: 'integer',
      minimum: 50,
      maximum: 3_600_000,
      default: 30_000,
      description:
        'How often the peer of a WebSocket is asked whether it is there; one that did not answer the last time is cut off.',
    },
    drain_ms: {
      type: 'integer',
      minimum: 0,
      maximum: 600_000,
      default: 5000,
      description: 'How long open calls may go on when the server stops.',
    },
  },
} as const;

const descriptor = {
  name: 'ApiServer',
  version: 1,
  description: 'Serves gRPC, gRPC-Web, Connect, REST, WebSocket and server-sent events on one port.',
  tags: ['service'],
  inputs: {},
  outputs: {},
  configSchema,
  scheduling: { kind: 'manual' },
  async: true,
  dedicated: true,
} as const satisfies ProcessorDescriptor;

/**
 * The server as a processor: its lane is the thread on which requests are parsed and answered. It publishes
 * `listening` with `url`, `host` and `port` on its own topic once it can be reached.
 */
class ApiServer implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #server: HttpServer | undefined;

  async setup(ctx: RuntimeContext<typeof descriptor>): Promise<void> {
    const { config, runtime, events: bus, taps, log } = ctx;
    assertSafeHost(config.host, config.insecure);
    const tls = await readTlsIdentity({ certificate: config.tls_cert, key: config.tls_key });
    // Imported here and not above, so that whoever only looks at the descriptor loads no server.
    const { startHttpServer } = await import('./http-server.ts');
    this.#server = await startHttpServer({
      host: config.host,
      port: config.port,
      corsOrigins: config.cors_origins,
      maxBodyBytes: config.max_body_bytes,
      limits: { maxUrlBytes: config.max_url_bytes, maxHeaderBytes: config.max_header_bytes },
      streams: {
        maxStreams: config.max_streams,
        maxStreamsPerConnection: config.max_streams_per_connection,
        maxAgeMs: config.max_stream_age_ms === 0 ? undefined : config.max_stream_age_ms,
        pingMs: config.ping_ms,
      },
      timeouts: {
        headerMs: config.header_timeout_ms,
        requestMs: config.request_timeout_ms,
        idleMs: config.idle_timeout_ms,
      },
      windowEvents: config.window_events,
      drainMs: config.drain_ms,
      tls,
      runtime,
      bus,
      taps,
      log,
    });
    const { url, host, port } = this.#server;
    bus.publish(`processor:${ctx.id}`, { name: 'listening', data: { url, host, port } });
  }

  process(): void {}

  async teardown(): Promise<void> {
    await this.#server?.drain();
    this.#server = undefined;
  }
}

export default ApiServer;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

function assertSafeHost(host: string, insecure: boolean): void {
  if (insecure || LOOPBACK.test(host)) return;
  const message =
    `config.host must be a loopback address unless config.insecure is true, was ${JSON.stringify(host)}: ` +
    'whoever reaches the server can change the graph';
  throw new StreamlibError('CONFIG_INVALID', message, { path: 'config.host' });
}
