import { type GraphFile, placeRefusal } from '../graph-file/index.ts';
import type { ApplyRequest, Outcome, StreamRuntime } from '../runtime/index.ts';
import { changeTables } from './change-table.ts';
import { type CliCommand, UsageError } from './command.ts';
import { addGraphFile, readGraphFile } from './graph-file.ts';
import {
  apiConfig,
  createHostedRuntime,
  DRAIN_MS,
  HOST_OPTIONS,
  reportFailures,
  STATE_OPTIONS,
  serveApi,
  stateOptions,
} from './host.ts';
import { printError, printLine } from './output.ts';

/** Begins with a graph file, unless there is a kept graph: then that stays, and what differs is told. */
async function beginWith(runtime: StreamRuntime, file: GraphFile, resets: boolean): Promise<void> {
  const { revision } = await runtime.getState();
  if (revision === 0n) {
    await addGraphFile(runtime, file);
    return;
  }
  const { processors, links } = file;
  const target = { processors, links, keepOthers: false };
  const outcome = await applyPlaced(runtime, { target, dryRun: !resets }, file);
  if (outcome.unchanged) return;
  const what = resets
    ? 'the kept graph was made what the graph file says'
    : 'the kept graph stays as it is; --reset would make it what the graph file says';
  printError(`streamlib serve: ${what}:\n${changeTables(outcome, !resets)}`);
}

async function applyPlaced(runtime: StreamRuntime, request: ApplyRequest, file: GraphFile): Promise<Outcome> {
  try {
    return await runtime.applyGraph(request);
  } catch (error) {
    throw placeRefusal(error, file);
  }
}

/** `streamlib serve [graph.yaml]` */
export const serveCommand: CliCommand = {
  name: 'serve',
  operands: '[graph.yaml]',
  operandCount: [0, 1],
  isLive: true,
  summary: 'Runs a graph with the API, until a signal.',
  options: { ...HOST_OPTIONS, ...STATE_OPTIONS },
  async run({ operands: [file], options }) {
    const api = apiConfig(options);
    const graph = file === undefined ? undefined : await readGraphFile(file);
    if (options.reset === true && graph === undefined)
      throw new UsageError('--reset needs a graph file to go back to');
    const runtime = await createHostedRuntime(options, stateOptions(options));
    // From here on, so that a signal during start-up ends it in order as well.
    const signal = runtime.waitForSignal();
    try {
      // First, so that what it keeps of the events begins with the graph.
      const url = await serveApi(runtime, api);
      if (graph !== undefined) await beginWith(runtime, graph, options.reset === true);
      if (runtime.stateDamage !== undefined) printError(`streamlib serve: ${runtime.stateDamage.message}`);
      const interrupted = await Promise.race([signal, runtime.startAsKept().then(() => undefined)]);
      if (interrupted === undefined) {
        await reportFailures(runtime);
        printLine(`streamlib listening on ${url}`);
        await signal;
      }
    } finally {
      await runtime.close(DRAIN_MS);
    }
    return 0;
  },
};
