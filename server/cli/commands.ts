import type { CliCommand } from './command.ts';

/** Loads a command: each call of the command line pays for its own alone. */
type Loader = () => Promise<CliCommand>;

/** Every command by its name, in the order of `--help`. */
export const COMMANDS: Readonly<Record<string, Loader>> = {
  serve: async () => (await import('./serve.ts')).serveCommand,
  run: async () => (await import('./run.ts')).runCommand,
  status: async () => (await import('./status.ts')).statusCommand,
  types: async () => (await import('./types.ts')).typesCommand,
  ps: async () => (await import('./ps.ts')).psCommand,
  get: async () => (await import('./get.ts')).getCommand,
  create: async () => (await import('./create.ts')).createCommand,
  update: async () => (await import('./update.ts')).updateCommand,
  rm: async () => (await import('./rm.ts')).rmCommand,
  connect: async () => (await import('./connect.ts')).connectCommand,
  disconnect: async () => (await import('./disconnect.ts')).disconnectCommand,
  start: async () => (await import('./lifecycle.ts')).lifecycleCommand('start'),
  stop: async () => (await import('./lifecycle.ts')).lifecycleCommand('stop'),
  pause: async () => (await import('./lifecycle.ts')).lifecycleCommand('pause'),
  resume: async () => (await import('./lifecycle.ts')).lifecycleCommand('resume'),
  restart: async () => (await import('./lifecycle.ts')).lifecycleCommand('restart'),
  graph: async () => (await import('./graph.ts')).graphCommand,
  top: async () => (await import('./top.ts')).topCommand,
  report: async () => (await import('./report.ts')).reportCommand,
  plan: async () => (await import('./plan.ts')).planCommand,
  apply: async () => (await import('./apply.ts')).applyCommand,
  diff: async () => (await import('./diff.ts')).diffCommand,
  export: async () => (await import('./export.ts')).exportCommand,
  history: async () => (await import('./history.ts')).historyCommand,
  rollback: async () => (await import('./rollback.ts')).rollbackCommand,
  events: async () => (await import('./events.ts')).eventsCommand,
  tap: async () => (await import('./tap.ts')).tapCommand,
  pipeline: async () => (await import('./pipeline.ts')).pipelineCommand,
  runner: async () => (await import('./runner.ts')).runnerCommand,
  strategy: async () => (await import('./strategy.ts')).strategyCommand,
  backtest: async () => (await import('./backtest.ts')).backtestCommand,
  call: async () => (await import('./call.ts')).callCommand,
  completion: async () => (await import('./completion.ts')).completionCommand(everyCommand),
  'build-native': async () => (await import('./build-native.ts')).buildNativeCommand,
};

/** Every command, loaded. */
export function everyCommand(): Promise<CliCommand[]> {
  return Promise.all(Object.values(COMMANDS).map((load) => load()));
}
