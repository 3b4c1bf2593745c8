import { TappedFrameSchema } from '../../gen/ts/streamlib/v1/tap_pb.ts';
import { serverOf } from './client.ts';
import { CLIENT_OPTIONS, type CliCommand, type OptionValues, textOption, UsageError } from './command.ts';
import { messageJson, printError, printLine } from './output.ts';
import { untilSignal } from './until-signal.ts';

/** `streamlib tap LINK` */
export const tapCommand: CliCommand = {
  name: 'tap',
  operands: 'LINK',
  operandCount: [1, 1],
  summary:
    'Prints frames of a link as they flow, a line of JSON each, and holds nothing back; also over restarts of the server.',
  isLive: true,
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
    const limits = {
      maxRate: numberOption(options, 'max-rate', /^\d+(\.\d+)?$/),
      maxBytes: numberOption(options, 'max-bytes', /^\d+$/),
      count: BigInt(numberOption(options, 'count', /^\d{1,15}$/)),
    };
    const server = serverOf(options);
    // A server that is not there at all is no interruption.
    await server.runtime.getRuntimeState({});
    await untilSignal(async (signal) => {
      for await (const item of server.tap(linkId, { ...limits, signal })) {
        if (item.kind === 'frame') printLine(JSON.stringify(messageJson(TappedFrameSchema, item.frame)));
        else if (item.kind === 'ending' && item.ending.reason !== 'count')
          printError(`the tap ended: ${item.ending.reason}`);
      }
    });
    return 0;
  },
};

/** 0, which stands for the default, where the option is not given. */
function numberOption(options: OptionValues, name: string, form: RegExp): number {
  const text = textOption(options, name);
  if (text === undefined) return 0;
  if (!form.test(text) || Number(text) === 0)
    throw new UsageError(`--${name} must be a number above 0, was ${JSON.stringify(text)}`);
  return Number(text);
}
