import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { toJsonString } from '@bufbuild/protobuf';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Event, EventSchema } from '../../gen/ts/streamlib/v1/event_pb.ts';
import { textFrames } from '../../server/rpc/events/text-frames.ts';
import type { Processor, ProcessorDescriptor, RuntimeContext } from '../../server/runtime/processor.ts';
import { BENCH_TOPIC } from '../support/ask-processor.ts';

/** How long ready bytes are collected: as long as the server does under load. */
const COLLECTED_MS = 5;

const descriptor = {
  name: 'bench.EventBroadcaster',
  version: 1,
  description:
    'Sends every event of a topic to every WebSocket, without anything else that a server has to do.',
  tags: ['bench'],
  inputs: {},
  outputs: {},
  configSchema: {
    type: 'object',
    properties: {
      topic: { type: 'string', default: 'load', description: 'What is sent.' },
      ready: {
        type: 'boolean',
        default: true,
        description:
          'Whether events are encoded once, and written together; else by and for each subscriber.',
      },
    },
    additionalProperties: false,
  },
  scheduling: { kind: 'manual' },
  async: true,
  dedicated: true,
} as const satisfies ProcessorDescriptor;

/** Publishes `broadcasting` with {port} once it can be reached. */
export class EventBroadcaster implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  readonly #peers = new Map<WebSocket, Duplex>();
  readonly #ready: string[] = [];
  #server: Server | undefined;
  #listener: Disposable | undefined;
  #timer: NodeJS.Timeout | undefined;

  async setup({ config, events }: RuntimeContext<typeof descriptor>): Promise<void> {
    const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
    this.#server = createServer().on('upgrade', (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (peer) => {
        this.#peers.set(peer, socket);
        peer.on('error', () => peer.terminate()).once('close', () => this.#peers.delete(peer));
        peer.send('{"started":{}}');
      });
    });
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const send = config.ready ? this.#collect : this.#sendToEach;
    this.#listener = events.subscribe(config.topic, send, { queueLimit: 65_536 });
    if (config.ready) this.#timer = setInterval(this.#sendCollected, COLLECTED_MS);
    const { port } = this.#server.address() as AddressInfo;
    events.publish(BENCH_TOPIC, { name: 'broadcasting', data: { port } });
  }

  process(): void {}

  async teardown(): Promise<void> {
    this.#listener?.[Symbol.dispose]();
    clearInterval(this.#timer);
    for (const peer of this.#peers.keys()) peer.terminate();
    this.#server?.close();
  }

  readonly #sendToEach = (event: Event): void => {
    for (const peer of this.#peers.keys()) peer.send(lineOf(event));
  };

  readonly #collect = (event: Event): void => {
    this.#ready.push(lineOf(event));
  };

  readonly #sendCollected = (): void => {
    if (this.#ready.length === 0) return;
    const bytes = textFrames(this.#ready.splice(0));
    for (const socket of this.#peers.values()) socket.write(bytes);
  };
}

const lineOf = (event: Event): string =>
  `{"event":${toJsonString(EventSchema, event, { useProtoFieldName: true })}}`;
