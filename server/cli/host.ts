import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import { BUILT_IN_REGISTRIES } from '../registries.ts';
import { createRooms } from '../rooms.ts';
import { StreamlibError } from '../runtime/errors.ts';
import { StreamRuntime, type StreamRuntimeOptions } from '../runtime/index.ts';
import type { JsonValue } from '../runtime/json.ts';
import { createLog, parseLogLevels } from '../runtime/logging.ts';
import type { TradingOptions } from '../trading/trading-commands.ts';
import {
  integer,
  type OptionHelp,
  type OptionValues,
  textOption,
  textOptions,
  UsageError,
} from './command.ts';
import { printError } from './output.ts';

/** The options of every command that hosts a runtime. */
export const HOST_OPTIONS = {
  types: {
    type: 'string',
    multiple: true,
    value: 'MODULE',
    description: 'a module with further processor types',
  },
  'frame-memory-mb': {
    type: 'string',
    value: 'N',
    description: 'what all frames together may take, in MiB (default 1024)',
  },
  'max-lanes': { type: 'string', value: 'N', description: 'how many lanes there may be (default 32)' },
  'checkpoint-interval-ms': {
    type: 'string',
    value: 'N',
    description: 'how often processors are asked for their state (default 1000)',
  },
  data: {
    type: 'string',
    value: 'DIR',
    description: 'where the files of backtests lie (default: STREAMLIB_DATA, or the samples of the package)',
  },
  strategies: {
    type: 'string',
    value: 'DIR',
    description: 'a folder with further trading strategies, NAME.lua each (default: STREAMLIB_STRATEGIES)',
  },
  feeds: {
    type: 'string',
    value: 'FILE',
    description: 'which feeds have which symbols, as YAML or JSON (default: STREAMLIB_FEEDS, or a demo)',
  },
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
  'tls-cert': {
    type: 'string',
    value: 'FILE',
    description: 'the certificate in PEM, its chain included: serves over TLS',
  },
  'tls-key': { type: 'string', value: 'FILE', description: 'the private key of the certificate in PEM' },
  insecure: {
    type: 'boolean',
    description: 'allow a host other than loopback although nobody is asked who they are',
  },
} as const satisfies Record<string, OptionHelp>;

/** The options of what is kept over restarts. */
export const STATE_OPTIONS = {
  state: {
    type: 'string',
    value: 'DIR',
    description: 'where the graph is kept over restarts (default: STREAMLIB_STATE, or .streamlib/state)',
  },
  reset: {
    type: 'boolean',
    description: 'make the kept graph what the graph file says, as a new revision',
  },
  ephemeral: { type: 'boolean', description: 'keep nothing over restarts' },
  'state-read-only': {
    type: 'boolean',
    description: 'take what is intact of the state, write nothing and refuse every change',
  },
} as const satisfies Record<string, OptionHelp>;

const DEFAULT_STATE = '.streamlib/state';

/** How long a signal lets frames on their way and open calls end. What does not end by itself is ended within 5 s. */
export const DRAIN_MS = 3_500;

const API_SERVER = 'api-server';

/** The API's config as the options and the environment have it. Throws UsageError naming option or variable. */
export function apiConfig(options: OptionValues) {
  const certificate = textOption(options, 'tls-cert');
  const key = textOption(options, 'tls-key');
  return {
    ...(certificate === undefined ? {} : { tls_cert: resolve(certificate) }),
    ...(key === undefined ? {} : { tls_key: resolve(key) }),
    host: textOption(options, 'host') ?? process.env.STREAMLIB_HOST ?? '127.0.0.1',
    port: portOf(options),
    cors_origins: textOptions(options, 'cors-origin'),
    insecure: options.insecure === true,
  };
}

/** Where the state lies as the options and the environment have it; nowhere with `--ephemeral`. Throws UsageError. */
export function stateOptions(
  options: OptionValues,
): Pick<StreamRuntimeOptions, 'stateDirectory' | 'stateReadOnly'> {
  const isReadOnly = options['state-read-only'] === true;
  if (options.ephemeral === true) {
    const other = textOption(options, 'state') === undefined ? '--state-read-only' : '--state';
    if (isReadOnly || other === '--state')
      throw new UsageError(`--ephemeral keeps no state, so ${other} says nothing`);
    return {};
  }
  const given = textOption(options, 'state') ?? process.env.STREAMLIB_STATE;
  return { stateDirectory: resolve(given || DEFAULT_STATE), stateReadOnly: isReadOnly };
}

/** A runtime with the built-in types, those of `--types`, and the log as STREAMLIB_LOG says. */
export function createHostedRuntime(
  options: OptionValues,
  state: ReturnType<typeof stateOptions> = {},
): Promise<StreamRuntime> {
  const further = textOptions(options, 'types').map((path) => pathToFileURL(path).href);
  const log = createLog(parseLogLevels(process.env.STREAMLIB_LOG ?? ''));
  const maxLanes = textOption(options, 'max-lanes');
  const trading = tradingOptions(options);
  const frameMemory = textOption(options, 'frame-memory-mb');
  const checkpointInterval = textOption(options, 'checkpoint-interval-ms');
  return StreamRuntime.create({
    ...state,
    registries: [...BUILT_IN_REGISTRIES, ...further],
    rooms: (runtime, internals) => createRooms(runtime, internals, trading),
    log,
    maxLanes: maxLanes === undefined ? undefined : integer('--max-lanes', maxLanes, 1, 200),
    frameMemoryBytes:
      frameMemory === undefined ? undefined : integer('--frame-memory-mb', frameMemory, 1, 16_384) * 2 ** 20,
    checkpointIntervalMs:
      checkpointInterval === undefined
        ? undefined
        : integer('--checkpoint-interval-ms', checkpointInterval, 10, 86_400_000),
  });
}

/** What the trading rooms are told. Throws UsageError where a file or a folder cannot be read. */
function tradingOptions(options: OptionValues): TradingOptions {
  const given = (name: string) =>
    textOption(options, name) ?? (process.env[`STREAMLIB_${name.toUpperCase()}`] || undefined);
  const [strategyDirectory, feeds] = [given('strategies'), given('feeds')];
  if (
    strategyDirectory !== undefined &&
    !statSync(strategyDirectory, { throwIfNoEntry: false })?.isDirectory()
  )
    throw new UsageError(`--strategies must be a folder, was ${JSON.stringify(strategyDirectory)}`);
  return {
    dataDirectory: given('data'),
    strategyDirectory,
    feeds: feeds === undefined ? undefined : contentOf(feeds),
  };
}

function contentOf(path: string): JsonValue {
  try {
    return parse(readFileSync(path, 'utf8'), { prettyErrors: true }) as JsonValue;
  } catch (error) {
    throw new UsageError(`--feeds must be a file of YAML or JSON, was ${path}: ${(error as Error).message}`);
  }
}

/** Adds the API as a part of the server itself and answers the address that it listens on. */
export async function serveApi(
  runtime: StreamRuntime,
  config: ReturnType<typeof apiConfig>,
): Promise<string> {
  const listening = Promise.withResolvers<string>();
  using _listener = runtime.events.subscribe(`processor:${API_SERVER}`, ({ payload }) => {
    if (payload.case === 'custom' && payload.value.name === 'listening') {
      listening.resolve(String(payload.value.data?.url));
    }
  });
  try {
    await runtime.addService({ type: 'ApiServer', id: API_SERVER, config });
  } catch (error) {
    throw inWordsOfOptions(StreamlibError.from(error));
  }
  return await listening.promise;
}

/** Tells which processors have failed, and answers how many. */
export async function reportFailures(runtime: StreamRuntime): Promise<number> {
  const failed = (await runtime.listProcessors()).filter(({ error }) => error !== undefined);
  for (const { processorId, error } of failed) {
    printError(`${processorId} failed: ${error?.code}: ${error?.message}`);
  }
  return failed.length;
}

/** Whoever typed `--port` knows nothing of `config.port`. */
function inWordsOfOptions(error: StreamlibError): StreamlibError {
  const message = error.message
    .replaceAll(/\bconfig\.insecure is true/g, '--insecure is given')
    .replaceAll(/\bconfig\.([a-z_]+)/g, (_match, key: string) => `--${key.replaceAll('_', '-')}`);
  return new StreamlibError(error.code, message, { cause: error });
}

function portOf(options: OptionValues): number {
  const given = textOption(options, 'port');
  return given === undefined
    ? integer('STREAMLIB_PORT', process.env.STREAMLIB_PORT ?? '9000', 0, 65_535)
    : integer('--port', given, 0, 65_535);
}
