// Drives the client by JSON lines, so that one set of scenarios can be run through the clients of all languages. It reads
// one operation per line and answers on standard output, in any order:
//
//   {"id":1,"op":"call","service":"ProcessorService","method":"GetProcessor","request":{…}}  → "ok"
//   {"id":2,"op":"subscribe","request":{…}}                                                  → "item"s, then "end"
//   {"id":3,"op":"stream","service":"TapService","method":"TapLink","request":{…}}           → "item"s, then "end"
//   {"id":2,"op":"cancel"}
//
// or "error" in place of "ok" and "end". The address of the server is the argument; the end of the input is the end of the
// program.
import { createInterface } from 'node:readline';
import {
  type DescMessage,
  type DescService,
  fromJson,
  type JsonValue,
  type Message,
  toJson,
} from '@bufbuild/protobuf';
import {
  BacktestService,
  Code,
  connect,
  type EventFilter,
  type EventItem,
  EventSchema,
  EventService,
  GapSchema,
  LinkService,
  PipelineService,
  ProcessorService,
  RunnerService,
  RuntimeService,
  SnapshotEndSchema,
  SnapshotSchema,
  StrategyService,
  type StreamlibClient,
  StreamlibError,
  SubscribeRequestSchema,
  TapService,
} from '../src/node.ts';

interface Operation {
  readonly id: number;
  readonly op: string;
  readonly service?: string;
  readonly method?: string;
  readonly request?: JsonValue;
}

/** The services, each with the member of the client that has it. */
const SERVICES: Readonly<Record<string, readonly [DescService, keyof StreamlibClient]>> = {
  BacktestService: [BacktestService, 'backtests'],
  EventService: [EventService, 'eventService'],
  LinkService: [LinkService, 'links'],
  PipelineService: [PipelineService, 'pipelines'],
  ProcessorService: [ProcessorService, 'processors'],
  RunnerService: [RunnerService, 'runners'],
  RuntimeService: [RuntimeService, 'runtime'],
  StrategyService: [StrategyService, 'strategies'],
  TapService: [TapService, 'tapService'],
};

type Answer = Promise<Message> | AsyncIterable<Message>;
type Call = (request: Message, options: { signal: AbortSignal }) => Answer;

async function run(operation: Operation, signal: AbortSignal): Promise<void> {
  const { id, op } = operation;
  try {
    if (op === 'call') {
      const [answer, output] = invoke(operation, signal);
      write({ id, ok: jsonOf(output, await (answer as Promise<Message>)) });
      return;
    }
    if (op === 'subscribe') {
      const filter = fromJson(SubscribeRequestSchema, operation.request ?? {}) as EventFilter;
      for await (const item of client.events(filter, { signal })) write({ id, item: itemJson(item) });
    } else {
      const [answer, output] = invoke(operation, signal);
      for await (const message of answer as AsyncIterable<Message>)
        write({ id, item: jsonOf(output, message) });
    }
    write({ id, end: {} });
  } catch (error) {
    if (signal.aborted) write({ id, end: {} });
    else write({ id, error: errorJson(StreamlibError.from(error)) });
  } finally {
    aborters.delete(id);
  }
}

function invoke({ service = '', method = '', request = {} }: Operation, signal: AbortSignal) {
  const [of, member] = SERVICES[service] ?? [];
  const desc = of?.methods.find(({ name }) => name === method);
  if (member === undefined || desc === undefined) throw new TypeError(`there is no ${service}.${method}`);
  const calls = client[member] as unknown as Record<string, Call>;
  const answer = calls[desc.localName]?.(fromJson(desc.input, request), { signal });
  return [answer as Answer, desc.output] as const;
}

function itemJson(item: EventItem): JsonValue {
  switch (item.kind) {
    case 'event':
      return { event: jsonOf(EventSchema, item.event) };
    case 'gap':
      return { gap: jsonOf(GapSchema, item.gap) };
    case 'snapshot':
      return { snapshot: jsonOf(SnapshotSchema, item.snapshot) };
    case 'snapshot_end':
      return { snapshot_end: jsonOf(SnapshotEndSchema, item.snapshotEnd) };
  }
}

function errorJson({ code, reason, rawMessage, info, violations }: StreamlibError): JsonValue {
  const name = (Code[code] ?? '').replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
  return {
    code: name,
    reason,
    message: rawMessage,
    metadata: { ...info },
    violations: violations.map(({ field, description }) => ({ field, description })),
  };
}

const jsonOf = (desc: DescMessage, message: Message): JsonValue =>
  toJson(desc, message, { useProtoFieldName: true });

const write = (answer: JsonValue): void => {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
};

const [url = ''] = process.argv.slice(2);
const client = connect(url);
const aborters = new Map<number, AbortController>();

for await (const line of createInterface({ input: process.stdin })) {
  const operation = JSON.parse(line) as Operation;
  if (operation.op === 'cancel') {
    aborters.get(operation.id)?.abort();
    continue;
  }
  const aborter = new AbortController();
  aborters.set(operation.id, aborter);
  void run(operation, aborter.signal);
}
for (const aborter of aborters.values()) aborter.abort();
