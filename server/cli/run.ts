import type { CliCommand } from './command.ts';
import { addGraphFile, readGraphFile } from './graph-file.ts';
import { apiConfig, createHostedRuntime, DRAIN_MS, HOST_OPTIONS, reportFailures, serveApi } from './host.ts';
import { printError } from './output.ts';

/** `streamlib run graph.yaml` */
export const runCommand: CliCommand = {
  name: 'run',
  operands: 'graph.yaml',
  operandCount: [1, 1],
  isLive: true,
  summary: 'Runs a graph until its sources end or a signal comes. Exit code 1 if a processor failed.',
  options: { ...HOST_OPTIONS, api: { type: 'boolean', description: 'serve the API meanwhile' } },
  async run({ operands: [file], options }) {
    const api = options.api === true ? apiConfig(options) : undefined;
    const graph = await readGraphFile(file as string);
    const runtime = await createHostedRuntime(options);
    const signal = runtime.waitForSignal();
    try {
      if (api !== undefined) printError(`streamlib listening on ${await serveApi(runtime, api)}`);
      await addGraphFile(runtime, graph);
      await Promise.race([signal, runtime.start().then(() => runtime.ended())]);
      return (await reportFailures(runtime)) === 0 ? 0 : 1;
    } finally {
      await runtime.close(DRAIN_MS);
    }
  },
};
