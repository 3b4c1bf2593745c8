import type { CliCommand } from './command.ts';
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

/** `streamlib serve [graph.yaml]` */
export const serveCommand: CliCommand = {
  name: 'serve',
  operands: '[graph.yaml]',
  operandCount: [0, 1],
  summary: 'Runs a graph with the API, until a signal.',
  options: { ...HOST_OPTIONS, ...STATE_OPTIONS },
  async run({ operands: [file], options }) {
    const api = apiConfig(options);
    const graph = file === undefined ? undefined : await readGraphFile(file);
    const runtime = await createHostedRuntime(options, stateOptions(options));
    // From here on, so that a signal during start-up ends it in order as well.
    const signal = runtime.waitForSignal();
    try {
      // First, so that what it keeps of the events begins with the graph.
      const url = await serveApi(runtime, api);
      const isRestored = (await runtime.getState()).revision > 0n;
      if (graph !== undefined && !isRestored) await addGraphFile(runtime, graph);
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
