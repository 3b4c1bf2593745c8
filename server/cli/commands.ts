import { applyCommand } from './apply.ts';
import { backtestCommand } from './backtest.ts';
import { buildNativeCommand } from './build-native.ts';
import type { CliCommand } from './command.ts';
import { connectCommand } from './connect.ts';
import { createCommand } from './create.ts';
import { diffCommand } from './diff.ts';
import { disconnectCommand } from './disconnect.ts';
import { eventsCommand } from './events.ts';
import { exportCommand } from './export.ts';
import { getCommand } from './get.ts';
import { graphCommand } from './graph.ts';
import { historyCommand } from './history.ts';
import { lifecycleCommands } from './lifecycle.ts';
import { planCommand } from './plan.ts';
import { psCommand } from './ps.ts';
import { reportCommand } from './report.ts';
import { rmCommand } from './rm.ts';
import { rollbackCommand } from './rollback.ts';
import { runCommand } from './run.ts';
import { runnerCommand } from './runner.ts';
import { serveCommand } from './serve.ts';
import { statusCommand } from './status.ts';
import { strategyCommand } from './strategy.ts';
import { tapCommand } from './tap.ts';
import { topCommand } from './top.ts';
import { typesCommand } from './types.ts';
import { updateCommand } from './update.ts';

/** Every command, in the order of `--help`. */
export const COMMANDS: readonly CliCommand[] = [
  serveCommand,
  runCommand,
  statusCommand,
  typesCommand,
  psCommand,
  getCommand,
  createCommand,
  updateCommand,
  rmCommand,
  connectCommand,
  disconnectCommand,
  ...lifecycleCommands,
  graphCommand,
  topCommand,
  reportCommand,
  planCommand,
  applyCommand,
  diffCommand,
  exportCommand,
  historyCommand,
  rollbackCommand,
  eventsCommand,
  tapCommand,
  runnerCommand,
  strategyCommand,
  backtestCommand,
  buildNativeCommand,
];
