import { BUILT_IN_REGISTRIES } from '../registries.ts';
import { StreamlibError } from '../runtime/errors.ts';
import { StreamRuntime } from '../runtime/index.ts';
import { createLog, parseLogLevels } from '../runtime/logging.ts';
import { type CliCommand, type OptionHelp, type OptionValues, textOption } from './command.ts';
import { addGraphFile, readGraphFile } from './graph-file.ts';
import { printError, printLine } from './output.ts';

/** The options of every command that hosts a runtime. */
export const HOST_OPTIONS = {
  host: {
    type: 'string',
    value: 'HOST',
    description: 'where to listen (default: STREAMLIB_HOST, or 127.0.0.1)',
  },
  port: {
    type: 'string',
    value: 'PORT',
    description: 'the port, 0 for a free one (default: STREAMLIB_PORT, or 9000)',
  },
  'cors-origin': {
    type: 'string',
    multiple: true,
    value: 'ORIGIN',
    description: 'a web origin that may call, beside http://localhost:3000',
  },
  insecure: {
    type: 'boolean',
    description: 'allow a host other than loopback although nobody is asked who they are',
  },
  types: {
    type: 'string',
    multiple: true,
    value: 'MODULE',
    description: 'a module with further processor types',
  },
  'max-lanes': { type: 'string', value: 'N', description: 'how many lanes there may be (default 32)' },
} as const satisfies Record<string, OptionHelp>;

/** How long a signal lets frames on their way and open calls end. */
const DRAIN_MS = 5000;

/** `streamlib serve [graph.yaml]` */
export const serveCommand: CliCommand = {
  name: 'serve',
  operands: '[graph.yaml]',
  operandCount: [0, 1],
  summary: 'Runs a graph with the API, until a signal.',
  options: HOST_OPTIONS,
  async run({ operands: [file], options }) {
    const graph = file === undefined ? undefined : await readGraphFile(file);
    const runtime = await createHostedRuntime(options);
    try {
      if (graph !== undefined) await addGraphFile(runtime, graph);
      const url = await serveApi(runtime, options);
      await runtime.start();
      printLine(`streamlib listening on ${url}`);
      await runtime.waitForSignal();
    } finally {
      await runtime.close(DRAIN_MS);
    }
    return 0;
  },
};

/** A runtime with the built-in types, those of `--types`, and the log as STREAMLIB_LOG says. */
export function createHostedRuntime(options: OptionValues): Promise<StreamRuntime> {
  const further = Array.isArray(options.types) ? options.types.map(String) : [];
  const registries = [
    ...BUILT_IN_REGISTRIES,
    ...further.map((path) => new URL(path, `file://${process.cwd()}/`).href),
  ];
  const log = createLog(parseLogLevels(process.env.STREAMLIB_LOG ?? ''));
  const maxLanes = textOption(options, 'max-lanes');
  return StreamRuntime.create({
    registries,
    log,
    maxLanes: maxLanes === undefined ? undefined : integer('--max-lanes', maxLanes, 1, 200),
  });
}

/** Adds the API as a part of the server itself and answers the address that it listens on. */
export async function serveApi(runtime: StreamRuntime, options: OptionValues): Promise<string> {
  const config = {
    host: textOption(options, 'host') ?? process.env.STREAMLIB_HOST ?? '127.0.0.1',
    port: integer('--port', textOption(options, 'port') ?? process.env.STREAMLIB_PORT ?? '9000', 0, 65_535),
    cors_origins: Array.isArray(options['cors-origin']) ? options['cors-origin'].map(String) : [],
    insecure: options.insecure === true,
  };
  const listening = new Promise<string>((resolve) => {
    const listener = runtime.events.subscribe('processor:api-server', ({ payload }) => {
      if (payload.case !== 'custom' || payload.value.name !== 'listening') return;
      listener[Symbol.dispose]();
      resolve(String(payload.value.data?.url));
    });
  });
  await runtime.addService({ type: 'ApiServer', id: 'api-server', config });
  return listening;
}

function integer(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new StreamlibError(
    'FIELD_INVALID',
    `${name} must be an integer from ${least} to ${most}, was ${JSON.stringify(text)}`,
    {
      path: name,
    },
  );
}

/** Warns about what a graph could not do, once it has started. */
export async function reportFailures(runtime: StreamRuntime): Promise<number> {
  const failed = (await runtime.listProcessors()).filter(({ error }) => error !== undefined);
  for (const { processorId, error } of failed)
    printError(`${processorId} failed: ${error?.code}: ${error?.message}`);
  return failed.length;
}
