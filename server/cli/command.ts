import type { ParseArgsOptionsConfig } from 'node:util';

/** One line of `--help` about an option. */
export interface OptionHelp {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: boolean;
  /** What stands for the value: `HOST`. */
  readonly value?: string;
  /** The values that there are; any other is a usage error. */
  readonly values?: readonly string[];
  readonly description: string;
}

/** The values of a command's options. */
export type OptionValues = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

/** A command line that cannot be understood: its message is printed, and the exit code is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What a command gets. */
export interface Invocation {
  readonly operands: readonly string[];
  readonly options: OptionValues;
}

/** One command of the command line. */
export interface CliCommand {
  readonly name: string;
  /** After the name: `graph.yaml`, `[graph.yaml]`. */
  readonly operands: string;
  /** How many operands it takes, at least and at most. */
  readonly operandCount: readonly [number, number];
  readonly summary: string;
  readonly options: Readonly<Record<string, OptionHelp>>;
  /** What the first operand may be, where it is one of few words. */
  readonly words?: readonly string[];
  /** Whether it goes on showing what happens, so that nobody waits for its end. */
  readonly isLive?: boolean;
  /** Answers the exit code. What it throws is printed, and the exit code is 1. */
  run(invocation: Invocation): Promise<number>;
}

/** The options that every command that talks to a server takes. */
export const CLIENT_OPTIONS = {
  url: {
    type: 'string',
    value: 'URL',
    description: 'the server (default: STREAMLIB_URL, or http://127.0.0.1:9000)',
  },
  output: {
    type: 'string',
    short: 'o',
    value: 'FORMAT',
    values: ['table', 'json', 'yaml'],
    description: 'table (default), json or yaml',
  },
} as const satisfies Record<string, OptionHelp>;

/** The same as `node:util`'s parseArgs takes it. */
export function parseArgsOptions(options: Readonly<Record<string, OptionHelp>>): ParseArgsOptionsConfig {
  return Object.fromEntries(
    Object.entries(options).map(([name, { type, short, multiple }]) => [
      name,
      { type, ...(short && { short }), ...(multiple && { multiple }) },
    ]),
  );
}

/** The text of an option, or undefined. */
export function textOption(options: OptionValues, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** The texts of an option that may be given several times. */
export function textOptions(options: OptionValues, name: string): string[] {
  const value = options[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** The whole number that a text is. Throws UsageError naming the option and its range. */
export function integer(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(`${name} must be an integer from ${least} to ${most}, was ${JSON.stringify(text)}`);
}
