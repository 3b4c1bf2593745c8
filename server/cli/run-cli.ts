import { parseArgs } from 'node:util';
import { type CliCommand, parseArgsOptions } from './command.ts';
import { COMMANDS } from './commands.ts';
import { describeError, printError, printLine } from './output.ts';

/** The exit code of a command line that cannot be understood, as shells have it. */
const USAGE_ERROR = 2;

/** Runs one command line and answers its exit code: 0 done, 1 failed, 2 not understood. */
export async function runCli(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    printLine(overview());
    return name === undefined ? USAGE_ERROR : 0;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) {
    printError(`unknown command ${JSON.stringify(name)}\n\n${overview()}`);
    return USAGE_ERROR;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    printLine(helpOf(command));
    return 0;
  }
  const invocation = parse(command, rest);
  if (typeof invocation === 'string') {
    printError(`streamlib ${name}: ${invocation}\n\n${helpOf(command)}`);
    return USAGE_ERROR;
  }
  try {
    return await command.run(invocation);
  } catch (error) {
    printError(`streamlib ${name}: ${describeError(error)}`);
    return 1;
  }
}

function parse(command: CliCommand, args: readonly string[]) {
  try {
    const options = parseArgsOptions(command.options);
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [least, most] = command.operandCount;
    if (positionals.length < least || positionals.length > most) {
      return `takes ${command.operands || 'no operands'}, was ${positionals.join(' ') || 'nothing'}`;
    }
    return { operands: positionals, options: values };
  } catch (error) {
    return describeError(error);
  }
}

function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name, operands }) => `${name} ${operands}`.length));
  const lines = COMMANDS.map(
    ({ name, operands, summary }) => `  ${`${name} ${operands}`.padEnd(width)}  ${summary}`,
  );
  return [
    'usage: streamlib COMMAND [OPTIONS]',
    '',
    ...lines,
    '',
    'streamlib COMMAND --help tells more.',
  ].join('\n');
}

function helpOf({ name, operands, summary, options }: CliCommand): string {
  const rows = Object.entries(options).map(([long, { short, value, description }]) => {
    const flag = `${short ? `-${short}, ` : ''}--${long}${value ? ` ${value}` : ''}`;
    return [flag, description] as const;
  });
  const width = Math.max(0, ...rows.map(([flag]) => flag.length));
  const usage = `usage: streamlib ${[name, operands, rows.length > 0 ? '[OPTIONS]' : ''].filter(Boolean).join(' ')}`;
  const lines = rows.map(([flag, description]) => `  ${flag.padEnd(width)}  ${description}`);
  return [usage, '', summary, ...(lines.length > 0 ? ['', ...lines] : [])].join('\n');
}
