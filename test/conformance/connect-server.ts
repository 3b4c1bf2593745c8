// node test/conformance/connect-server.ts DESCRIPTORS: the server that connectconformance tests. Reads one
// ServerCompatRequest from standard input, starts the HTTP server of `streamlib serve` with the conformance service
// beside ours, writes one ServerCompatResponse, and ends with SIGTERM.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import {
  create,
  createFileRegistry,
  type DescMessage,
  type FileRegistry,
  fromBinary,
  type Message,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { startHttpServer } from '../../server/rpc/http-server.ts';
import { createLog, StreamRuntime } from '../../server/runtime/index.ts';
import { registerConformanceService } from './conformance-service.ts';

type ServerCompatRequest = Message & {
  readonly useTls: boolean;
  readonly messageReceiveLimit: number;
  readonly serverCreds?: { readonly cert: Uint8Array; readonly key: Uint8Array };
};

const LENGTH_BYTES = 4;

/** As `streamlib serve` has them. */
const DEFAULT_MAX_BODY_BYTES = 4_194_304;
const HOST = '127.0.0.1';
const CONNECTIONS = {
  limits: { maxUrlBytes: 8192, maxHeaderBytes: 16_384 },
  timeouts: { headerMs: 15_000, requestMs: 60_000, idleMs: 120_000 },
};

const schema = createFileRegistry(
  fromBinary(FileDescriptorSetSchema, readFileSync(process.argv[2] as string)),
);
const request = (await readMessage(messageOf(schema, 'ServerCompatRequest'))) as ServerCompatRequest;
const { useTls, serverCreds, messageReceiveLimit } = request;

const runtime = await StreamRuntime.create({ log: createLog({ '': 'warn' }) });
const server = await startHttpServer({
  ...CONNECTIONS,
  host: HOST,
  port: 0,
  corsOrigins: [],
  maxBodyBytes: messageReceiveLimit || DEFAULT_MAX_BODY_BYTES,
  streams: { maxStreams: 1000, maxStreamsPerConnection: 1000, pingMs: 30_000 },
  windowEvents: 1024,
  drainMs: 1000,
  runtime,
  bus: runtime.events,
  taps: runtime.taps,
  log: createLog({ '': 'warn' }).area('rpc'),
  tls:
    useTls && serverCreds !== undefined
      ? { certificate: textOf(serverCreds.cert), key: textOf(serverCreds.key) }
      : undefined,
  register: (router) => registerConformanceService(router, schema),
});
writeMessage(messageOf(schema, 'ServerCompatResponse'), {
  host: HOST,
  port: server.port,
  pemCert: useTls ? serverCreds?.cert : undefined,
});

await once(process, 'SIGTERM');
await server.drain();
await runtime.close();

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}

function messageOf(registry: FileRegistry, name: string): DescMessage {
  const found = registry.getMessage(`connectrpc.conformance.v1.${name}`);
  if (found === undefined) throw new TypeError(`the conformance schema has no message ${name}`);
  return found;
}

async function readMessage(desc: DescMessage): Promise<Message> {
  const length = (await readBytes(LENGTH_BYTES)).readUInt32BE();
  return fromBinary(desc, await readBytes(length));
}

async function readBytes(length: number): Promise<Buffer> {
  if (length === 0) return Buffer.alloc(0);
  for (;;) {
    const bytes: Buffer | null = process.stdin.read(length);
    if (bytes !== null) return bytes;
    await once(process.stdin, 'readable');
  }
}

function writeMessage(desc: DescMessage, init: object): void {
  const bytes = toBinary(desc, create(desc, init as MessageInitShape<DescMessage>));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(bytes.length);
  process.stdout.write(Buffer.concat([length, bytes]));
}
