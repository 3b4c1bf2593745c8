import { setTimeout as pause } from 'node:timers/promises';
import { createRegistry, type DescService, type FileRegistry } from '@bufbuild/protobuf';
import type { ConnectRouter, HandlerContext } from '@connectrpc/connect';
import { Echo, type EchoedMessage, type ErrorDefinition, type HeaderField } from './echo.ts';

/** As much of the schema as the service looks into; the messages themselves are made from the descriptors. */
interface AnswerDefinition {
  readonly responseHeaders: readonly HeaderField[];
  readonly responseTrailers: readonly HeaderField[];
  readonly responseDelayMs: number;
}

interface UnaryDefinition extends AnswerDefinition {
  readonly response:
    | { readonly case: 'responseData'; readonly value: Uint8Array }
    | { readonly case: 'error'; readonly value: ErrorDefinition }
    | { readonly case: undefined; readonly value: undefined };
}

interface StreamDefinition extends AnswerDefinition {
  readonly responseData: readonly Uint8Array[];
  readonly error: ErrorDefinition | undefined;
}

type UnaryMessage = EchoedMessage & { readonly responseDefinition?: UnaryDefinition };
type StreamMessage = EchoedMessage & { readonly responseDefinition?: StreamDefinition };
type BidiMessage = StreamMessage & { readonly fullDuplex: boolean };

/** Registers the service that connectconformance calls, as its schema describes it. */
export function registerConformanceService(router: ConnectRouter, schema: FileRegistry): void {
  const registry = createRegistry(...schema);
  const echo = new Echo(registry);

  async function unary(messages: readonly UnaryMessage[], context: HandlerContext) {
    const requestInfo = echo.requestInfo(context, messages);
    const definition = messages[0]?.responseDefinition;
    if (definition === undefined) return { payload: { requestInfo } };
    setHeaders(context, definition);
    await delay(definition, context);
    const { response } = definition;
    if (response.case === 'error') throw echo.toError(response.value, requestInfo);
    return { payload: { requestInfo, data: response.value } };
  }

  /** The answers from the first on, or from that which follows the `sent` ones, and the error behind them. */
  async function* answers(
    definition: StreamDefinition | undefined,
    messages: readonly StreamMessage[],
    context: HandlerContext,
    sent = 0,
  ) {
    if (definition === undefined) return;
    let requestInfo = sent === 0 ? echo.requestInfo(context, messages) : undefined;
    for (const data of definition.responseData.slice(sent)) {
      await delay(definition, context);
      yield { payload: { data, requestInfo } };
      requestInfo = undefined;
    }
    if (definition.error !== undefined) throw echo.toError(definition.error, requestInfo);
  }

  async function* serverStream(message: StreamMessage, context: HandlerContext) {
    setHeaders(context, message.responseDefinition);
    yield* answers(message.responseDefinition, [message], context);
  }

  async function* bidiStream(requests: AsyncIterable<BidiMessage>, context: HandlerContext) {
    let first: BidiMessage | undefined;
    let unanswered: BidiMessage[] = [];
    let sent = 0;
    for await (const request of requests) {
      if (first === undefined) setHeaders(context, request.responseDefinition);
      first ??= request;
      unanswered.push(request);
      if (!first.fullDuplex) continue;
      const data = first.responseDefinition?.responseData[sent];
      // A request without an answer is refused with the error.
      if (data === undefined) break;
      await delay(first.responseDefinition, context);
      const requestInfo =
        sent === 0 ? echo.requestInfo(context, unanswered) : { requests: echo.pack(unanswered) };
      yield { payload: { data, requestInfo } };
      unanswered = [];
      sent++;
    }
    yield* answers(first?.responseDefinition, unanswered, context, sent);
  }

  const implementation = {
    unary: (message: UnaryMessage, context: HandlerContext) => unary([message], context),
    idempotentUnary: (message: UnaryMessage, context: HandlerContext) => unary([message], context),
    async clientStream(requests: AsyncIterable<UnaryMessage>, context: HandlerContext) {
      return await unary(await Array.fromAsync(requests), context);
    },
    serverStream,
    bidiStream,
  };
  // NB: `unimplemented` is left out, as the schema asks: the router answers for it.
  const service = schema.getService('connectrpc.conformance.v1.ConformanceService') as DescService;
  router.service(service, implementation as never, { jsonOptions: { registry } });
}

function setHeaders(context: HandlerContext, definition: AnswerDefinition | undefined): void {
  append(context.responseHeader, definition?.responseHeaders ?? []);
  append(context.responseTrailer, definition?.responseTrailers ?? []);
}

function append(headers: Headers, fields: readonly HeaderField[]): void {
  for (const { name, value } of fields) for (const one of value) headers.append(name, one);
}

async function delay(definition: AnswerDefinition | undefined, { signal }: HandlerContext): Promise<void> {
  const ms = definition?.responseDelayMs ?? 0;
  if (ms === 0) return;
  await pause(ms, undefined, { signal }).catch(() => {
    throw signal.reason;
  });
}
