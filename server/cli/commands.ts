import { applyCommand } from './apply.ts';
import { backtestCommand } from './backtest.ts';
import { buildNativeCommand } from './build-native.ts';
import type { CliCommand } from './command.ts';
import { diffCommand } from './diff.ts';
import { eventsCommand } from './events.ts';
import { exportCommand } from './export.ts';
import { historyCommand } from './history.ts';
import { planCommand } from './plan.ts';
import { psCommand } from './ps.ts';
import { reportCommand } from './report.ts';
import { rollbackCommand } from './rollback.ts';
import { runCommand } from './run.ts';
import { runnerCommand } from './runner.ts';
import { serveCommand } from './serve.ts';
import { statusCommand } from './status.ts';
import { strategyCommand } from './strategy.ts';
import { tapCommand } from './tap.ts';
import { topCommand } from './top.ts';
import { typesCommand } from './types.ts';

/** Every command, in the order of `--help`. */
export const COMMANDS: readonly CliCommand[] = [
  serveCommand,
  runCommand,
  statusCommand,
  typesCommand,
  psCommand,
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
