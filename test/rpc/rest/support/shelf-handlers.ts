import { once } from 'node:events';
import type { Message } from '@bufbuild/protobuf';
import { Code, ConnectError, createConnectRouter, type HandlerContext } from '@connectrpc/connect';
import type { UniversalHandler } from '@connectrpc/connect/protocol';
import { rpcType, shelfService } from './fixture.ts';

/** What the handlers saw, for tests that look at more than the answer. */
export interface ShelfLog {
  /** Request headers of the last call. */
  headers: Headers;
  calls: number;
  /** Streams that ended, by the end of their `finally`. */
  endedStreams: number;
  abortedWaits: number;
  /** Parts that downloads have made. */
  downloadedParts: number;
}

const echo = (request: Message) => request;

/** Handlers of every method but `Missing`. Most answer the request itself. */
export function createShelfHandlers(): { handlers: UniversalHandler[]; log: ShelfLog } {
  const log: ShelfLog = {
    headers: new Headers(),
    calls: 0,
    endedStreams: 0,
    abortedWaits: 0,
    downloadedParts: 0,
  };
  const echoing = shelfService.methods.filter((method) => method.methodKind === 'unary');
  const router = createConnectRouter({
    interceptors: [
      (next) => (call) => {
        log.headers = call.header;
        log.calls += 1;
        return next(call);
      },
    ],
  });
  // A service from a registry has no static methods to check these against.
  const implementation: Record<string, unknown> = {
    ...Object.fromEntries(echoing.map((method) => [method.localName, echo])),
    burnBook: () => ({}),
    fail: (request: Message, context: HandlerContext) =>
      fail((request as Message & { kind: string }).kind, context),
    wait: async (_request: Message, context: HandlerContext) => {
      await once(context.signal, 'abort');
      log.abortedWaits += 1;
      throw context.signal.reason;
    },
    count: (request: Message, context: HandlerContext) => count(request as CountRequest, context, log),
    download: (request: Message) => download(request as CountRequest, log),
  };
  router.service(shelfService, implementation as never);
  return { handlers: router.handlers.filter((handler) => handler.method.name !== 'Missing'), log };
}

type CountRequest = Message & { to: number; failAfter: number; endless: boolean };

async function* count(request: CountRequest, context: HandlerContext, log: ShelfLog) {
  context.responseHeader.set('x-count', 'started');
  try {
    for (let number = 1; request.endless || number <= request.to; number += 1) {
      if (request.failAfter === number - 1 && request.failAfter > 0) {
        throw new ConnectError('counted enough', Code.OutOfRange);
      }
      if (request.to < 0) throw new ConnectError('cannot count down', Code.FailedPrecondition);
      context.signal.throwIfAborted();
      yield { number, bigNumber: 2n ** 53n + BigInt(number) };
      if (request.endless) await new Promise((resolve) => setImmediate(resolve));
    }
    if (request.to < 0) throw new ConnectError('cannot count down', Code.FailedPrecondition);
  } finally {
    log.endedStreams += 1;
  }
}

const largePart = Buffer.alloc(256 * 1024);

async function* download(request: CountRequest, log: ShelfLog) {
  try {
    for (let number = 1; request.endless || number <= request.to; number += 1) {
      log.downloadedParts += 1;
      yield { contentType: 'text/x-count', data: request.endless ? largePart : Buffer.from(`${number};`) };
    }
  } finally {
    log.endedStreams += 1;
  }
}

function fail(kind: string, context: HandlerContext): Record<string, never> {
  context.responseHeader.set('x-answer', 'header');
  context.responseTrailer.set('x-end', 'trailer');
  context.responseHeader.append('set-cookie', 'a=1');
  context.responseHeader.append('set-cookie', 'b=2');
  if (kind === 'none') return {};
  if (kind === 'plain') throw new Error('the password is 1234');
  if (kind === 'details') {
    throw new ConnectError('no book', Code.NotFound, { 'x-error': 'metadata' }, [
      { desc: rpcType('ErrorInfo'), value: { reason: 'BOOK_NOT_FOUND', domain: 'shelf' } as never },
      { desc: unknownDetail, value: {} as never },
    ]);
  }
  throw new ConnectError(`failed: ${kind}`, Code[kind as keyof typeof Code]);
}

// Known to the handler and not to the registry that the transcoder is given.
const unknownDetail = { ...rpcType('RequestInfo'), typeName: 'elsewhere.Unknown' };
