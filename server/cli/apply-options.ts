import { type OptionHelp, type OptionValues, textOption, UsageError } from './command.ts';

/** The options of commands that compare a file with the graph of a server. */
export const GRAPH_FILE_OPTIONS = {
  file: {
    type: 'string',
    short: 'f',
    value: 'FILE',
    description: 'the graph file; - reads standard input',
  },
  prune: { type: 'boolean', description: 'what the file does not name goes; without this it stays' },
} as const satisfies Record<string, OptionHelp>;

/** The name of the file. Throws UsageError where none is given. */
export function graphFileOption(options: OptionValues): string {
  const file = textOption(options, 'file');
  if (file === undefined) throw new UsageError('-f FILE is required, was absent');
  return file;
}
