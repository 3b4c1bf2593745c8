import { connect, type StreamlibClient } from '../../clients/typescript/src/node.ts';
import { type OptionValues, textOption } from './command.ts';
import { printError } from './output.ts';

/** The server that `--url` or STREAMLIB_URL names. */
export function serverOf(options: OptionValues): StreamlibClient {
  const url = textOption(options, 'url') ?? process.env.STREAMLIB_URL ?? 'http://127.0.0.1:9000';
  return connect(url, { warn: (message) => printError(`streamlib: ${message}`) });
}
