import { ConnectError } from '@connectrpc/connect';
import { stringify } from 'yaml';
import { StreamlibError } from '../runtime/errors.ts';
import type { JsonValue } from '../runtime/json.ts';
import { type OptionValues, textOption } from './command.ts';

/** Prints a line for people or scripts. */
export const printLine = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Prints a line about the command itself. */
export const printError = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** How a command was asked to print. Throws FIELD_INVALID for a format that does not exist. */
export function outputFormat(options: OptionValues): 'table' | 'json' | 'yaml' {
  const format = textOption(options, 'output') ?? 'table';
  if (format === 'table' || format === 'json' || format === 'yaml') return format;
  const message = `--output must be table, json or yaml, was ${JSON.stringify(format)}`;
  throw new StreamlibError('FIELD_INVALID', message, { path: '--output' });
}

/** Prints a value: `rows` as a table for people, or `value` for scripts. */
export function printResult(
  options: OptionValues,
  value: JsonValue,
  rows: readonly (readonly string[])[],
): void {
  const format = outputFormat(options);
  if (format === 'json') printLine(JSON.stringify(value, null, 2));
  else if (format === 'yaml') process.stdout.write(stringify(value));
  else printLine(formatTable(rows));
}

/** Columns as wide as their widest cell; the first row is the head. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** What went wrong, in words for the terminal. */
export function describeError(error: unknown): string {
  if (error instanceof ConnectError) {
    const cause = error.cause instanceof Error ? error.cause.message : '';
    return cause.includes('ECONNREFUSED')
      ? `no server answers: ${cause}; start one with "streamlib serve"`
      : error.rawMessage;
  }
  return error instanceof Error ? error.message : String(error);
}
