import { toJson } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import {
  type Event,
  EventSchema,
  EventService,
  type SubscribeResponse,
} from '../../gen/ts/streamlib/v1/event_pb.ts';
import type { JsonObject } from '../runtime/json.ts';
import { connectTo } from './client.ts';
import { CLIENT_OPTIONS, type CliCommand, type OptionValues, textOption } from './command.ts';
import { outputFormat, printError, printLine } from './output.ts';

/** `streamlib events [-f]` */
export const eventsCommand: CliCommand = {
  name: 'events',
  operands: '',
  operandCount: [0, 0],
  summary: 'Prints the events that a server has kept; with -f follows them.',
  options: {
    ...CLIENT_OPTIONS,
    follow: { type: 'boolean', short: 'f', description: 'go on with the events that come, until a signal' },
    topic: {
      type: 'string',
      multiple: true,
      value: 'TOPIC',
      description: 'only this topic; * at its end is any rest',
    },
    type: { type: 'string', multiple: true, value: 'TYPE', description: 'only this type, as ProcessorAdded' },
    after: { type: 'string', value: 'CURSOR', description: 'only what came after this cursor' },
  },
  async run({ options }) {
    const isJson = outputFormat(options) !== 'table';
    const stop = new AbortController();
    process.once('SIGINT', () => stop.abort());
    process.once('SIGTERM', () => stop.abort());
    const request = positionOf(options);
    let last = 0n;
    try {
      for await (const message of connectTo(EventService, options).subscribe(request, {
        signal: stop.signal,
      })) {
        if (message.message.case === 'started') last = message.message.value.last;
        const seen = show(message, isJson);
        if (options.follow !== true && seen >= last) return 0;
      }
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
    return 0;
  },
};

function positionOf(options: OptionValues) {
  const filter = { topics: list(options.topic), types: list(options.type) };
  const after = textOption(options, 'after');
  if (after !== undefined) return { ...filter, after };
  // Without -f everything that is kept is wanted, with it only what comes; a short heartbeat tells where the end is.
  if (options.follow === true) return filter;
  return { ...filter, afterSequence: 0n, heartbeat: { seconds: 0n, nanos: 100_000_000 } };
}

const list = (value: OptionValues[string]): string[] => (Array.isArray(value) ? value.map(String) : []);

/** Prints what a message holds and answers up to which sequence everything has been seen. */
function show({ message }: SubscribeResponse, isJson: boolean): bigint {
  switch (message.case) {
    case 'batch':
      for (const event of message.value.events) printLine(isJson ? asJson(event) : asLine(event));
      return message.value.events.at(-1)?.sequence ?? 0n;
    case 'heartbeat':
      return message.value.last;
    case 'started':
      return message.value.last === 0n ? 1n : 0n;
    case 'gap':
      printError(
        `${message.value.dropped} events are missing (${message.value.fromSequence} to ${message.value.toSequence})`,
      );
      return 0n;
    case 'ending':
      printError(`the server ended the stream: ${message.value.reason}`);
      return 0n;
    default:
      return 0n;
  }
}

const asJson = (event: Event): string =>
  JSON.stringify(toJson(EventSchema, event, { useProtoFieldName: true }));

function asLine(event: Event): string {
  const time = event.time === undefined ? '' : timestampDate(event.time).toISOString();
  const { value } = event.payload;
  const json = toJson(EventSchema, event) as JsonObject;
  const payload = value === undefined ? {} : (json[event.payload.case ?? ''] ?? {});
  return `${time}  ${String(event.sequence).padStart(6)}  ${event.topic}  ${event.type}  ${JSON.stringify(payload)}`;
}
