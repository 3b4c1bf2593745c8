import { create, type Message } from '@bufbuild/protobuf';
import { DurationSchema } from '@bufbuild/protobuf/wkt';
import type { EventFilter, EventItem } from '../../clients/typescript/src/events.ts';
import {
  type Gap,
  GapPolicy,
  GapReason,
  GapSchema,
  SnapshotEndSchema,
  SnapshotSchema,
} from '../../gen/ts/streamlib/v1/event_pb.ts';
import type { JsonObject } from '../runtime/json.ts';
import { serverOf } from './client.ts';
import { CLIENT_OPTIONS, type CliCommand, type OptionValues, textOption, textOptions } from './command.ts';
import { type EventFormat, formatEvent, formatPart } from './event-text.ts';
import { messageJson, outputFormat, printError, printLine } from './output.ts';
import { untilSignal } from './until-signal.ts';

/** `streamlib events [-f]` */
export const eventsCommand: CliCommand = {
  name: 'events',
  operands: '',
  operandCount: [0, 0],
  summary:
    'Prints the events that a server has kept; with -f follows what comes, also over restarts of the server.',
  isLive: true,
  options: {
    ...CLIENT_OPTIONS,
    output: { ...CLIENT_OPTIONS.output, description: 'table (default), json (a line per event) or yaml' },
    follow: { type: 'boolean', short: 'f', description: 'go on with the events that come, until a signal' },
    topic: {
      type: 'string',
      multiple: true,
      value: 'TOPIC',
      description: 'only this topic; * at its end is any rest',
    },
    type: { type: 'string', multiple: true, value: 'TYPE', description: 'only this type, as ProcessorAdded' },
    processor: { type: 'string', value: 'ID', description: 'only what is about this processor' },
    link: { type: 'string', value: 'ID', description: 'only what is about this link' },
    pipeline: { type: 'string', value: 'ID', description: 'only what is about this pipeline' },
    runner: { type: 'string', value: 'ID', description: 'only what is about this runner' },
    symbol: { type: 'string', value: 'SYMBOL', description: 'only what is about this symbol' },
    after: { type: 'string', value: 'CURSOR', description: 'only what came after this cursor' },
    oldest: { type: 'boolean', description: 'with -f: begin with the oldest event that is kept' },
    snapshot: { type: 'boolean', description: 'with -f: tell the state first, then what changes it' },
    'on-gap': {
      type: 'string',
      value: 'POLICY',
      values: ['continue', 'fail'],
      description: 'with -f: events that are missing are told, and it goes on (default) or fails',
    },
  },
  async run({ options }) {
    const format = outputFormat(options);
    const { runtime } = serverOf(options);
    // A server that is not there at all is no interruption.
    const { streamId } = await runtime.getRuntimeState({});
    const filter = filterOf(options);
    await untilSignal(
      options.follow === true
        ? (signal) => follow(options, filter, format, signal)
        : (signal) => showKept(options, { streamId, afterSequence: 0n, ...filter }, format, signal),
    );
    return 0;
  },
};

type Filter = Exclude<EventFilter, Message>;

function filterOf(options: OptionValues): Filter {
  const after = textOption(options, 'after');
  return {
    topics: textOptions(options, 'topic'),
    types: textOptions(options, 'type'),
    processorId: textOption(options, 'processor'),
    linkId: textOption(options, 'link'),
    pipelineId: textOption(options, 'pipeline'),
    runnerId: textOption(options, 'runner'),
    symbol: textOption(options, 'symbol'),
    ...(after !== undefined && { after, streamId: '', afterSequence: undefined }),
  };
}

async function follow(
  options: OptionValues,
  filter: Filter,
  format: EventFormat,
  signal: AbortSignal,
): Promise<void> {
  const whole = {
    ...filter,
    snapshot: options.snapshot === true,
    onGap: options['on-gap'] === 'fail' ? GapPolicy.FAIL : GapPolicy.CONTINUE,
    ...(options.oldest === true && { afterSequence: 0n }),
  };
  for await (const item of serverOf(options).events(whole, { signal })) show(item, format);
}

function show(item: EventItem, format: EventFormat): void {
  switch (item.kind) {
    case 'event':
      printLine(formatEvent(item.event, format));
      return;
    case 'gap':
      printError(`streamlib events: ${gapText(item.gap)}`);
      showPart('gap', messageJson(GapSchema, item.gap), format);
      return;
    case 'snapshot':
      showPart('snapshot', messageJson(SnapshotSchema, item.snapshot), format);
      return;
    case 'snapshot_end':
      showPart('snapshot_end', messageJson(SnapshotEndSchema, item.snapshotEnd), format);
  }
}

/** NB: how many a restart has cost is not known. */
const gapText = ({ reason, dropped }: Gap): string =>
  reason === GapReason.RESTART
    ? 'events may be missing: the server was restarted'
    : `${dropped} events are missing`;

/** What is no event has its name around it, so that a script can tell it from one. */
const showPart = (name: string, value: JsonObject, format: EventFormat): void =>
  printLine(formatPart(name, value, format));

/** Prints what is kept, and ends where the kept events do. */
async function showKept(
  options: OptionValues,
  filter: Filter,
  format: EventFormat,
  signal: AbortSignal,
): Promise<void> {
  const own = new AbortController();
  const both = AbortSignal.any([signal, own.signal]);
  // A short one tells soon when everything that is kept has been seen.
  const heartbeat = create(DurationSchema, { nanos: 100_000_000 });
  const request = { ...filter, heartbeat };
  // Where the kept events end. Nothing is said about it before the first message.
  let end: bigint | undefined;
  let seen = 0n;
  for await (const { message } of serverOf(options).eventService.subscribe(request, { signal: both })) {
    if (message.case === 'started') end = message.value.last;
    else if (message.case === 'heartbeat') seen = message.value.last;
    else if (message.case === 'ending') printError(`the server ended the stream: ${message.value.reason}`);
    else if (message.case === 'gap') {
      show({ kind: 'gap', gap: message.value }, format);
      seen = message.value.toSequence;
    } else if (message.case === 'batch') {
      for (const event of message.value.events) show({ kind: 'event', event }, format);
      seen = message.value.events.at(-1)?.sequence ?? seen;
    }
    if (end !== undefined && seen >= end) break;
  }
  // Over HTTP/1.1 leaving the loop would wait for the server to end the stream.
  own.abort();
}
