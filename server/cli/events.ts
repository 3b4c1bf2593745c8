import { EventService, type SubscribeResponse } from '../../gen/ts/streamlib/v1/event_pb.ts';
import { RuntimeService } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { connectTo } from './client.ts';
import { CLIENT_OPTIONS, type CliCommand, type OptionValues, textOption, textOptions } from './command.ts';
import { type EventFormat, formatEvent } from './event-text.ts';
import { outputFormat, printError, printLine } from './output.ts';

/** `streamlib events [-f]` */
export const eventsCommand: CliCommand = {
  name: 'events',
  operands: '',
  operandCount: [0, 0],
  summary: 'Prints the events that a server has kept; with -f follows what comes.',
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
    after: { type: 'string', value: 'CURSOR', description: 'only what came after this cursor' },
  },
  async run({ options }) {
    const format = outputFormat(options);
    const client = connectTo(EventService, options);
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
    // Where the kept events end. Nothing is said about it before the first message.
    let end: bigint | undefined;
    try {
      const request = await requestOf(options);
      for await (const { message } of client.subscribe(request, { signal: stop.signal })) {
        if (message.case === 'started') end = message.value.last;
        const seen = show(message, format);
        if (options.follow === true || end === undefined || seen < end) continue;
        // Leaving the loop alone would wait for the server to end the stream.
        stop.abort();
        break;
      }
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
    return 0;
  },
};

async function requestOf(options: OptionValues) {
  const after = textOption(options, 'after');
  const follow = options.follow === true;
  const isFromOldest = after === undefined && !follow;
  const state = isFromOldest ? await connectTo(RuntimeService, options).getRuntimeState({}) : undefined;
  return {
    topics: textOptions(options, 'topic'),
    types: textOptions(options, 'type'),
    processorId: textOption(options, 'processor'),
    linkId: textOption(options, 'link'),
    after,
    streamId: state?.streamId,
    afterSequence: isFromOldest ? 0n : undefined,
    // A short one tells soon when everything that is kept has been seen.
    heartbeat: follow ? undefined : { seconds: 0n, nanos: 100_000_000 },
  };
}

/** Prints what a message holds and answers up to which sequence everything has been seen. */
function show(message: SubscribeResponse['message'], format: EventFormat): bigint {
  switch (message.case) {
    case 'batch':
      for (const event of message.value.events) printLine(formatEvent(event, format));
      return message.value.events.at(-1)?.sequence ?? 0n;
    case 'heartbeat':
      return message.value.last;
    case 'gap': {
      const { dropped, fromSequence, toSequence } = message.value;
      printError(`${dropped} events are missing (${fromSequence} to ${toSequence})`);
      return toSequence;
    }
    case 'ending':
      printError(`the server ended the stream: ${message.value.reason}`);
      return 0n;
    default:
      return 0n;
  }
}
