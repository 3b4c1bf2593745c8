import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import type { Delivery, JsonObject, JsonValue, SupervisionSpec, vocabulary } from '../../runtime/index.ts';
import { checkPipeline, type PipelineCheck } from './check-pipeline.ts';
import { pipelineConfigShape } from './pipeline-config-schema.ts';
import { faultsError, type PipelineFault, sortFaults } from './pipeline-fault.ts';
import type {
  PipelineConnectionSpec,
  PipelineMode,
  PipelineNodeSpec,
  PipelineSettings,
  PipelineSpec,
} from './pipeline-spec.ts';
import type { PipelineTypes } from './pipeline-types.ts';
import { readSupervision } from './supervision-json.ts';

const validate = new Ajv2020({ allErrors: true, strict: true, verbose: true }).compile(pipelineConfigShape);

/** What a JSON config says, as far as it has the right shape, and every place where it has not. */
export interface PipelineReading {
  readonly spec: PipelineSpec;
  readonly faults: readonly PipelineFault[];
}

/** Reads a JSON config. A part of the wrong shape is a fault and counts as absent. */
export function readPipelineConfig(json: JsonValue): PipelineReading {
  const faults = validate(json) ? [] : (validate.errors ?? []).map(describe);
  const config = objectOf(json) ?? {};
  return {
    faults,
    spec: {
      nodes: listOf(config.nodes).map(readNode),
      connections: listOf(config.connections).map(readConnection),
      settings: readSettings(objectOf(config.pipeline_config) ?? {}),
    },
  };
}

/** Checks a JSON config as a whole: shape and meaning, every fault at once in order of the paths. */
export function checkPipelineConfig(json: JsonValue, types: PipelineTypes): PipelineCheck {
  const { spec, faults } = readPipelineConfig(json);
  const checked = checkPipeline(spec, types);
  if (faults.length === 0) return checked;
  // What is wrong with a part that counts as absent has been said.
  const paths = faults.map(({ path }) => path);
  const isSaid = ({ path }: PipelineFault) => paths.some((said) => path === said || isBelow(path, said));
  return { faults: sortFaults([...faults, ...checked.faults.filter((fault) => !isSaid(fault))]) };
}

/** The pipeline of a JSON config. Throws one error with every fault. */
export function compilePipelineConfig(json: JsonValue, types: PipelineTypes) {
  const { faults, pipeline } = checkPipelineConfig(json, types);
  if (pipeline === undefined) throw faultsError(faults);
  return pipeline;
}

const isBelow = (path: string, above: string): boolean =>
  path.startsWith(above) && /^[.[]/.test(path.slice(above.length));

function readNode(json: JsonValue): PipelineNodeSpec {
  const node = objectOf(json) ?? {};
  const placement = objectOf(node.placement);
  const supervision = objectOf(node.supervision);
  return {
    id: textOf(node.id) ?? '',
    type: textOf(node.type) ?? '',
    config: withoutNulls(objectOf(node.config) ?? {}),
    displayName: textOf(node.display_name) ?? '',
    ...(supervision && { supervision: readSupervision(supervision) }),
    ...(placement && {
      placement: {
        lane: textOf(placement.lane) ?? 'auto',
        priority: (textOf(placement.priority) ?? 'normal') as vocabulary.LanePriority,
      },
    }),
  };
}

function readConnection(json: JsonValue): PipelineConnectionSpec {
  const connection = objectOf(json) ?? {};
  return present({
    from: textOf(connection.from) ?? '',
    to: textOf(connection.to) ?? '',
    fromPort: textOf(connection.from_port) || undefined,
    toPort: textOf(connection.to_port) || undefined,
    delivery: textOf(connection.delivery) as Delivery | undefined,
    capacityFrames: numberOf(connection.capacity_frames),
  });
}

function readSettings(json: JsonObject): PipelineSettings {
  const supervision: SupervisionSpec | undefined =
    objectOf(json.supervision) && readSupervision(objectOf(json.supervision) ?? {});
  return present({
    channelCapacity: numberOf(json.channel_capacity),
    maxConcurrent: numberOf(json.max_concurrent),
    maxWaiting: numberOf(json.max_waiting),
    executionTimeoutMs: durationMsOf(json.execution_timeout),
    supervision,
    maxDeadLetters: numberOf(json.max_dead_letters),
    mode: textOf(json.mode) as PipelineMode | undefined,
  });
}

/** A field that is undefined is not there, so that specs of the same config are equal. */
const present = <Value extends object>(value: Value): Value =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Value;

const textOf = (json: JsonValue | undefined): string | undefined =>
  typeof json === 'string' ? json : undefined;
const numberOf = (json: JsonValue | undefined): number | undefined =>
  typeof json === 'number' ? json : undefined;
const listOf = (json: JsonValue | undefined): JsonValue[] => (Array.isArray(json) ? json : []);
const objectOf = (json: JsonValue | undefined): JsonObject | undefined =>
  typeof json === 'object' && json !== null && !Array.isArray(json) ? json : undefined;

function durationMsOf(json: JsonValue | undefined): number | undefined {
  const text = textOf(json);
  return text !== undefined && /^\d+(\.\d+)?s$/.test(text) ? Number(text.slice(0, -1)) * 1000 : undefined;
}

/** null stands for the default of a field. */
const withoutNulls = (config: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));

function describe({ instancePath, keyword, message, params, data }: ErrorObject): PipelineFault {
  const keys = instancePath
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (keyword === 'required') {
    const path = pathOf([...keys, String(params.missingProperty)]);
    return { path, code: 'FIELD_INVALID', message: `${path} is required, was absent` };
  }
  if (keyword === 'additionalProperties') {
    const field = String(params.additionalProperty);
    const path = pathOf([...keys, field]);
    const value = JSON.stringify((data as JsonObject)[field]);
    return { path, code: 'FIELD_UNKNOWN', message: `${path} is no field, was ${value}` };
  }
  const path = pathOf(keys);
  const rule =
    keyword === 'enum'
      ? `must be one of ${(params.allowedValues as string[]).join(', ')}`
      : keyword === 'type'
        ? `must be of type ${params.type}`
        : String(message);
  const code = keyword === 'pattern' && keys.at(-1) === 'id' ? 'ID_INVALID' : 'FIELD_INVALID';
  return { path, code, message: `${path} ${rule}, was ${JSON.stringify(data)?.slice(0, 100)}` };
}

const pathOf = (keys: readonly string[]): string =>
  keys
    .map((key) => (/^\d+$/.test(key) ? `[${key}]` : `.${key}`))
    .join('')
    .replace(/^\./, '') || 'config';
