import { type TapLinkResponse, TapLinkResponseSchema, TapService } from '../../gen/ts/streamlib/v1/tap_pb.ts';
import { connectTo } from './client.ts';
import { CLIENT_OPTIONS, type CliCommand, type OptionValues, textOption, UsageError } from './command.ts';
import { messageJson, printError, printLine } from './output.ts';

/** `streamlib tap LINK` */
export const tapCommand: CliCommand = {
  name: 'tap',
  operands: 'LINK',
  operandCount: [1, 1],
  summary: 'Prints frames of a link as they flow, a line of JSON each, and holds nothing back.',
  options: {
    'max-rate': { type: 'string', value: 'N', description: 'frames a second at most (default 30)' },
    'max-bytes': {
      type: 'string',
      value: 'N',
      description: 'of larger frames only the header (default 65536)',
    },
    count: { type: 'string', short: 'n', value: 'N', description: 'ends after so many frames' },
    url: CLIENT_OPTIONS.url,
  },
  async run({ operands: [linkId = ''], options }) {
    const request = {
      linkId,
      maxRate: numberOption(options, 'max-rate', /^\d+(\.\d+)?$/),
      maxBytes: numberOption(options, 'max-bytes', /^\d+$/),
      count: BigInt(numberOption(options, 'count', /^\d{1,15}$/)),
    };
    const client = connectTo(TapService, options);
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
    try {
      for await (const response of client.tapLink(request, { signal: stop.signal })) show(response);
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
    return 0;
  },
};

function show(response: TapLinkResponse): void {
  const { message } = response;
  if (message.case === 'frame') printLine(JSON.stringify(messageJson(TapLinkResponseSchema, response).frame));
  else if (message.case === 'ending' && message.value.reason !== 'count')
    printError(`the tap ended: ${message.value.reason}`);
}

/** 0, which stands for the default, where the option is not given. */
function numberOption(options: OptionValues, name: string, form: RegExp): number {
  const text = textOption(options, name);
  if (text === undefined) return 0;
  if (!form.test(text) || Number(text) === 0)
    throw new UsageError(`--${name} must be a number above 0, was ${JSON.stringify(text)}`);
  return Number(text);
}
