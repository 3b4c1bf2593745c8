import { createRegistry, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { createJsonPrinter, plainJsonStyle } from '../rpc/rest/index.ts';
import type { JsonObject, JsonValue } from '../runtime/json.ts';
import { type OptionValues, textOption } from './command.ts';
import { endProgress } from './progress.ts';
import { yamlText } from './yaml-text.ts';

/** Prints a text as it is. */
export function printText(text: string | Uint8Array): void {
  endProgress();
  process.stdout.write(text);
}

/** Prints a line for people or scripts. */
export const printLine = (text: string): void => printText(`${text}\n`);

/** Prints a line about the command itself. */
export function printError(text: string): void {
  endProgress();
  process.stderr.write(`${text}\n`);
}

/** How a command was asked to print. */
export function outputFormat(options: OptionValues): 'table' | 'json' | 'yaml' {
  const format = textOption(options, 'output');
  return format === 'json' || format === 'yaml' ? format : 'table';
}

/** Prints a value: `rows` as a table for people, or `value` for scripts. */
export function printResult(
  options: OptionValues,
  value: JsonValue,
  rows: readonly (readonly string[])[],
): void {
  printReport(options, value, formatTable(rows));
}

/** Prints a value: `text` for people, or `value` for scripts. */
export function printReport(options: OptionValues, value: JsonValue, text: string): void {
  const format = outputFormat(options);
  if (format === 'json') printLine(JSON.stringify(value, null, 2));
  else if (format === 'yaml') printText(yamlText(value));
  else printLine(text);
}

const printer = createJsonPrinter(plainJsonStyle, createRegistry());

/** A message as REST writes it: `"state": "running"`. */
export function messageJson<Desc extends DescMessage>(desc: Desc, message: MessageShape<Desc>): JsonObject {
  return JSON.parse(printer.print(desc, message)) as JsonObject;
}

/** The fields of a value as rows, what is within them as JSON. */
export const fieldRows = (value: JsonObject): string[][] => [
  ['FIELD', 'VALUE'],
  ...Object.entries(value).map(([name, each]) => [
    name,
    typeof each === 'object' ? JSON.stringify(each) : String(each),
  ]),
];

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
