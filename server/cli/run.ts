import type { CliCommand } from './command.ts';
import { addGraphFile, readGraphFile } from './graph-file.ts';
import { printError } from './output.ts';
import { createHostedRuntime, HOST_OPTIONS, reportFailures, serveApi } from './serve.ts';

/** How long a signal lets frames on their way arrive. */
const DRAIN_MS = 5000;

/** `streamlib run graph.yaml` */
export const runCommand: CliCommand = {
  name: 'run',
  operands: 'graph.yaml',
  operandCount: [1, 1],
  summary: 'Runs a graph until its sources end or a signal comes. Exit code 1 if a processor failed.',
  options: { ...HOST_OPTIONS, api: { type: 'boolean', description: 'serve the API meanwhile' } },
  async run({ operands: [file], options }) {
    const graph = await readGraphFile(file as string);
    const runtime = await createHostedRuntime(options);
    try {
      await addGraphFile(runtime, graph);
      if (options.api === true) printError(`streamlib listening on ${await serveApi(runtime, options)}`);
      await runtime.start();
      await Promise.race([runtime.ended(), runtime.waitForSignal()]);
      return (await reportFailures(runtime)) === 0 ? 0 : 1;
    } finally {
      await runtime.close(DRAIN_MS);
    }
  },
};
