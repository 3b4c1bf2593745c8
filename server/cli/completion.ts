import { type CliCommand, UsageError } from './command.ts';
import { printLine } from './output.ts';

const SHELLS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** `streamlib completion SHELL`, for the commands that `every` loads. */
export const completionCommand = (every: () => Promise<Commands>): CliCommand => ({
  name: 'completion',
  operands: 'bash | zsh | fish',
  operandCount: [1, 1],
  summary: 'Prints what makes a shell complete these commands: source <(streamlib completion bash).',
  words: Object.keys(SHELLS),
  options: {},
  async run({ operands: [shell = ''] }) {
    if (!Object.hasOwn(SHELLS, shell))
      throw new UsageError(`SHELL must be bash, zsh or fish, was ${JSON.stringify(shell)}`);
    printLine(SHELLS[shell as keyof typeof SHELLS](await every()));
    return 0;
  },
});

type Commands = readonly CliCommand[];

/** The words that may begin an option of a command, `--output` and `-o`. */
const flagsOf = ({ options }: CliCommand): string[] => [
  ...Object.entries(options).flatMap(([long, { short }]) => [`--${long}`, ...(short ? [`-${short}`] : [])]),
  '--help',
];

function bashScript(commands: Commands): string {
  const valueCases = commands.flatMap(({ name, options }) =>
    Object.entries(options).flatMap(([long, { short, values, type }]) => {
      if (type === 'boolean') return [];
      const flags = [`${name}:--${long}`, ...(short ? [`${name}:-${short}`] : [])].join('|');
      const words = values === undefined ? 'COMPREPLY=($(compgen -f -- "$cur"))' : replies(values.join(' '));
      return [`    ${flags}) ${words}; return;;`];
    }),
  );
  const commandCases = commands.map((command) => {
    const { name, words = [] } = command;
    return `    ${name}) flags='${flagsOf(command).join(' ')}'; words='${words.join(' ')}';;`;
  });
  return `_streamlib() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]} flags words
  if [ "$COMP_CWORD" -eq 1 ]; then ${replies(commands.map(({ name }) => name).join(' '))}; return; fi
  case "$command:$prev" in
${valueCases.join('\n')}
  esac
  case "$command" in
${commandCases.join('\n')}
    *) return;;
  esac
  case "$cur" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$cur"));;
    *) if [ "$COMP_CWORD" -eq 2 ] && [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$cur")); else COMPREPLY=($(compgen -f -- "$cur")); fi;;
  esac
}
complete -o filenames -F _streamlib streamlib`;
}

const replies = (words: string): string => `COMPREPLY=($(compgen -W '${words}' -- "$cur"))`;

function zshScript(commands: Commands): string {
  const names = commands.map(
    ({ name, summary }) => `    ${zshQuoted(`${name.replaceAll(':', '\\:')}:${summary}`)}`,
  );
  const cases = commands.map(({ name, options, words }) => {
    const flags = Object.entries(options).flatMap(([long, option]) => {
      const value =
        option.type === 'boolean' ? '' : `:${option.value ?? 'VALUE'}:${zshValues(option.values)}`;
      const text = `[${zshText(option.description)}]${value}`;
      const repeat = option.multiple ? '*' : '';
      return [`--${long}`, ...(option.short ? [`-${option.short}`] : [])].map((flag) =>
        zshQuoted(`${repeat}${flag}${text}`),
      );
    });
    const first = words === undefined ? [] : [zshQuoted(`1:word:(${words.join(' ')})`)];
    return `    ${name}) _arguments ${[...flags, zshQuoted('--help[tells more]'), ...first, zshQuoted('*:file:_files')].join(' ')};;`;
  });
  return `#compdef streamlib
_streamlib() {
  local -a commands
  commands=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = _streamlib ]; then _streamlib "$@"; else compdef _streamlib streamlib; fi`;
}

const zshValues = (values: readonly string[] | undefined): string =>
  values === undefined ? '_files' : `(${values.join(' ')})`;
const zshText = (text: string): string => text.replaceAll(/[[\]:\\]/g, '\\$&');
const zshQuoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function fishScript(commands: Commands): string {
  const lines = commands.flatMap(({ name, summary, options, words }) => {
    const here = `-n '__fish_seen_subcommand_from ${name}'`;
    const flags = Object.entries(options).map(([long, { short, type, values, description }]) =>
      [
        `complete -c streamlib ${here} -l ${long}`,
        ...(short ? [`-s ${short}`] : []),
        ...(type === 'boolean' ? [] : ['-r']),
        ...(values === undefined ? [] : [`-f -a ${fishQuoted(values.join(' '))}`]),
        `-d ${fishQuoted(description)}`,
      ].join(' '),
    );
    return [
      `complete -c streamlib -n __fish_use_subcommand -f -a ${name} -d ${fishQuoted(summary)}`,
      ...(words === undefined ? [] : [`complete -c streamlib ${here} -f -a ${fishQuoted(words.join(' '))}`]),
      ...flags,
    ];
  });
  return lines.join('\n');
}

const fishQuoted = (text: string): string => `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
