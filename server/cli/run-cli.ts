import { parseArgs } from 'node:util';
import { StreamlibError } from '../runtime/errors.ts';
import { type CliCommand, type Invocation, parseArgsOptions, UsageError } from './command.ts';
import { COMMANDS, everyCommand } from './commands.ts';
import { EXIT_CODES, failureOf } from './failure.ts';
import { printError, printLine } from './output.ts';
import { endProgress, startProgress } from './progress.ts';

/** Runs one command line and answers its exit code, one of EXIT_CODES. */
export async function runCli(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    printLine(await overview());
    return name === undefined ? EXIT_CODES.usage : 0;
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load === undefined) {
    printError(`unknown command ${JSON.stringify(name)}\n\n${await overview()}`);
    return EXIT_CODES.usage;
  }
  const command = await load();
  const ownArgs = rest.slice(0, rest.includes('--') ? rest.indexOf('--') : undefined);
  if (ownArgs.includes('--help') || ownArgs.includes('-h')) {
    printLine(helpOf(command));
    return 0;
  }
  let invocation: Invocation | undefined;
  if (command.isLive !== true) startProgress(name);
  try {
    invocation = parse(command, rest);
    return await command.run(invocation);
  } catch (error) {
    const { exitCode, message, json } = failureOf(error);
    if (invocation?.options.output === 'json') {
      printError(JSON.stringify({ error: json }));
      return exitCode;
    }
    // A line that begins with a place in a file is one that editors can jump to.
    const isPlaced = error instanceof StreamlibError && error.details.file !== undefined;
    printError(isPlaced ? message : `streamlib ${name}: ${message}`);
    if (exitCode === EXIT_CODES.usage) printError(`\n${helpOf(command)}`);
    return exitCode;
  } finally {
    endProgress();
  }
}

function parse(command: CliCommand, args: readonly string[]): Invocation {
  const { values, positionals } = parseOptions(command, args);
  const [least, most] = command.operandCount;
  if (positionals.length < least || positionals.length > most) {
    const given = positionals.map((operand) => JSON.stringify(operand)).join(' ');
    throw new UsageError(`takes ${command.operands || 'no operands'}, was ${given || 'nothing'}`);
  }
  for (const [name, { values: allowed }] of Object.entries(command.options)) {
    const value = values[name];
    if (allowed === undefined || value === undefined || allowed.includes(String(value))) continue;
    throw new UsageError(`--${name} must be one of ${allowed.join(', ')}, was ${JSON.stringify(value)}`);
  }
  return { operands: positionals, options: values };
}

function parseOptions({ options }: CliCommand, args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: parseArgsOptions(options), allowPositionals: true });
  } catch (error) {
    // Its advice about "--" is none: no operand of ours begins with a dash.
    const [message = ''] = (error as Error).message.split('. ');
    throw new UsageError(message.charAt(0).toLowerCase() + message.slice(1), { cause: error });
  }
}

async function overview(): Promise<string> {
  const commands = await everyCommand();
  const width = Math.max(...commands.map(({ name, operands }) => `${name} ${operands}`.length));
  const lines = commands.map(
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
