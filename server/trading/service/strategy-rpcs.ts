import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Severity } from '../../../gen/ts/streamlib/v1/runner_pb.ts';
import type {
  CreateStrategyRequest,
  CreateStrategyResponseSchema,
  DeleteStrategyRequest,
  DeleteStrategyResponseSchema,
  DiagnosticSchema,
  GetStrategyRequest,
  GetStrategyResponseSchema,
  ListStrategiesRequest,
  ListStrategiesResponseSchema,
  StrategySchema,
  ValidateStrategyRequest,
  ValidateStrategyResponseSchema,
} from '../../../gen/ts/streamlib/v1/strategy_pb.ts';
import {
  eventPosition,
  hasLabel,
  type JsonObject,
  type JsonValue,
  latencyMessage,
  pageOf,
  type RuntimeOperations,
  StreamlibError,
} from '../../runtime/index.ts';
import type { StrategyDiagnostic } from '../lua/strategy-diagnostics.ts';
import type { StrategyDeclaration } from '../lua/strategy-types.ts';
import type { StrategyStore } from '../strategies/strategy-store.ts';
import { digestOfCode, type StrategyVersion } from '../strategies/strategy-version.ts';
import { validateInThread } from '../strategies/validate-in-thread.ts';
import type { RunnerManager } from './runner-manager.ts';

const SEVERITIES = { warning: Severity.WARNING, error: Severity.ERROR, critical: Severity.CRITICAL } as const;
/** To know what a strategy declares, it need not run. */
const NO_TICKS = { tickCount: 0 };

/** The calls about strategies, as the schema has them. Runtime's thread. */
export class StrategyRpcs {
  readonly #store: StrategyStore;
  readonly #manager: RunnerManager;
  readonly #operations: RuntimeOperations;
  /** What strategies declare, by the digest of their code. */
  readonly #declarations = new Map<string, Promise<StrategyDeclaration | undefined>>();

  constructor(store: StrategyStore, manager: RunnerManager, operations: RuntimeOperations) {
    this.#store = store;
    this.#manager = manager;
    this.#operations = operations;
  }

  async list(request: ListStrategiesRequest): Promise<MessageInitShape<typeof ListStrategiesResponseSchema>> {
    const { items, nextPageToken } = pageOf(request, {
      from: (after) => this.#store.names.filter((name) => after === undefined || name > after),
      idOf: (name) => name,
      wanted: (name) => hasLabel(this.#store.get(name).labels, request.label),
    });
    const strategies = await Promise.all(
      items.map(async (name) => ({ ...(await this.#message(this.#store.get(name))), code: '' })),
    );
    return { strategies, nextPageToken, ...(await eventPosition(this.#operations)) };
  }

  async get({
    name,
    version,
  }: GetStrategyRequest): Promise<MessageInitShape<typeof GetStrategyResponseSchema>> {
    const strategy = await this.#message(this.#store.get(name, version));
    return { strategy, ...(await eventPosition(this.#operations)) };
  }

  async create(
    request: CreateStrategyRequest,
  ): Promise<MessageInitShape<typeof CreateStrategyResponseSchema>> {
    const { name, code, description, labels, newVersion } = request;
    this.#assertFree(name, code, newVersion);
    const validation = await validateInThread(code, {});
    const worst = validation.diagnostics.find(({ severity }) => severity !== 'warning');
    if (worst !== undefined) {
      const { line, column, message } = worst;
      const text = `code must pass validation, ${worst.code} in line ${line}, column ${column}: ${message}`;
      throw new StreamlibError('STRATEGY_INVALID', text, {
        path: 'code',
        details: { line: String(line), column: String(column), code: worst.code },
      });
    }
    this.#declarations.set(digestOfCode(code), Promise.resolve(validation.declaration));
    // Somebody else may have taken the name meanwhile.
    this.#assertFree(name, code, newVersion);
    const { version, unchanged } = this.#store.put({ name, code, description, labels, source: 'upload' });
    return {
      name,
      strategy: await this.#message(version),
      ...(await this.#standing()),
      unchanged,
      diagnostics: validation.diagnostics.map(diagnosticMessage),
    };
  }

  async remove({
    name,
    version,
  }: DeleteStrategyRequest): Promise<MessageInitShape<typeof DeleteStrategyResponseSchema>> {
    const gone = version === 0 ? this.#store.versionsOf(name) : [this.#store.get(name, version)];
    const users = gone.flatMap((each) => this.#runnersOf(each));
    if (users.length > 0) {
      const text = `strategy "${name}" must be used by no runner, was by ${users.join(', ')}`;
      throw new StreamlibError('OWNED', text, { path: 'name', details: { runner_ids: users.join(',') } });
    }
    this.#store.remove(name, version);
    return this.#standing();
  }

  async validate(
    request: ValidateStrategyRequest,
  ): Promise<MessageInitShape<typeof ValidateStrategyResponseSchema>> {
    const { name, version, parameters, tickCount, seed } = request;
    const code = request.code ?? this.#store.get(name, version).code;
    const validation = await validateInThread(code, {
      seed,
      ...(parameters !== undefined && { parameters: parameters as JsonObject }),
      ...(tickCount !== undefined && { tickCount }),
    });
    return {
      valid: validation.valid,
      diagnostics: validation.diagnostics.map(diagnosticMessage),
      missingCallbacks: [...validation.missingCallbacks],
      timings: validation.timings.map(({ callback, ...call }) => ({
        callback,
        callTime: latencyMessage(call),
      })),
      ticksProcessed: validation.ticksProcessed,
      memoryUsedBytes: BigInt(validation.memoryUsedBytes),
    };
  }

  #assertFree(name: string, code: string, newVersion: boolean): void {
    if (newVersion || !this.#store.has(name) || this.#store.get(name).code === code) return;
    const text = `name must be new, was "${name}", which there is; new_version adds a version to it`;
    throw new StreamlibError('ID_TAKEN', text, { path: 'name' });
  }

  async #message(version: StrategyVersion): Promise<MessageInitShape<typeof StrategySchema>> {
    const { name, code, source, createMs, labels } = version;
    const declaration = await this.#declaration(code);
    return {
      name,
      version: version.version,
      code,
      description: version.description === '' ? (declaration?.description ?? '') : version.description,
      parameters: declaration?.parameters.map((parameter) => ({
        name: parameter.name,
        description: parameter.description,
        defaultValue: valueMessage(parameter.default),
        minValue: parameter.min,
        maxValue: parameter.max,
      })),
      states: [...(declaration?.states ?? [])],
      callbacks: [...(declaration?.callbacks ?? [])],
      labels: { ...labels },
      versions: this.#store
        .versionsOf(name)
        .map((each) => each.version)
        .reverse(),
      source,
      codeSha256: digestOfCode(code),
      runnerIds: this.#runnersOf(version),
      createTime: timestampFromMs(createMs),
      quarantined: version.quarantined === true,
    };
  }

  #declaration(code: string): Promise<StrategyDeclaration | undefined> {
    const digest = digestOfCode(code);
    let declaration = this.#declarations.get(digest);
    if (declaration === undefined) {
      declaration = validateInThread(code, NO_TICKS).then((validation) => validation.declaration);
      declaration.catch(() => this.#declarations.delete(digest));
      this.#declarations.set(digest, declaration);
    }
    return declaration;
  }

  #runnersOf({ name, version }: StrategyVersion): string[] {
    return this.#manager.entries
      .filter((entry) => entry.strategyName === name && entry.strategyVersion === version)
      .map(({ runnerId }) => runnerId);
  }

  /** A strategy makes no revision: the graph stands as it does. */
  async #standing() {
    const { revision } = await this.#operations.getState();
    return { revision, effective: true };
  }
}

const diagnosticMessage = ({
  line,
  column,
  severity,
  message,
  code,
}: StrategyDiagnostic): MessageInitShape<typeof DiagnosticSchema> => ({
  line,
  column,
  severity: SEVERITIES[severity],
  message,
  code,
});

function valueMessage(value: JsonValue) {
  switch (typeof value) {
    case 'number':
      return { kind: { case: 'numberValue', value } } as const;
    case 'boolean':
      return { kind: { case: 'boolValue', value } } as const;
    default:
      return { kind: { case: 'stringValue', value: String(value) } } as const;
  }
}
