import { StreamlibError } from './errors.ts';

declare const brand: unique symbol;
type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };

/** Names a processor: `gain`, or `vibration.gain` for the part `gain` of the pipeline `vibration`. */
export type ProcessorId = Brand<string, 'ProcessorId'>;
/** Names a link. */
export type LinkId = Brand<string, 'LinkId'>;
/** Names a lane. */
export type LaneId = Brand<string, 'LaneId'>;
/** Names a pipeline. */
export type PipelineId = Brand<string, 'PipelineId'>;
/** Names a runner. */
export type RunnerId = Brand<string, 'RunnerId'>;
/** Names an input or output of a processor type. */
export type PortName = Brand<string, 'PortName'>;
/**
 * Whose part of the graph something is: empty (the user's), `pipelines/{id}`, `runners/{id}`, `trading/{id}` (what runners
 * share: feeds and the engine) or `system`.
 */
export type Owner = Brand<string, 'Owner'>;

/** An output of one processor. */
export interface OutputPortRef {
  readonly direction: 'output';
  readonly processorId: ProcessorId;
  readonly port: PortName;
}

/** An input of one processor. */
export interface InputPortRef {
  readonly direction: 'input';
  readonly processorId: ProcessorId;
  readonly port: PortName;
}

const NAME = '[A-Za-z0-9][A-Za-z0-9_-]{0,62}';
const ID = new RegExp(`^${NAME}(\\.${NAME})?$`);
const LANE = new RegExp(`^${NAME}$`);
const PORT = /^[a-z][a-z0-9_]{0,31}$/;
const OWNER = new RegExp(`^(|system|(pipelines|runners|trading)/${NAME})$`);

const NAME_RULE = 'must be 1 to 63 letters, digits, "_" or "-", beginning with a letter or digit';
const SYMBOL = /^[A-Z0-9][A-Z0-9:._/-]{0,63}$/;

const ID_RULE =
  'must be 1 to 63 letters, digits, "_" or "-", beginning with a letter or digit, with one dot for owned ids';

function parse<T extends string>(text: string, pattern: RegExp, path: string, rule: string): T {
  if (typeof text === 'string' && pattern.test(text)) return text as T;
  throw new StreamlibError('ID_INVALID', `${path} ${rule}, was ${JSON.stringify(text)}`, { path });
}

/** Throws ID_INVALID naming `path` and the value. */
export const parseProcessorId = (text: string, path = 'processor_id'): ProcessorId =>
  parse<ProcessorId>(text, ID, path, ID_RULE);

/** Throws ID_INVALID naming `path` and the value. */
export const parseLinkId = (text: string, path = 'link_id'): LinkId => parse<LinkId>(text, ID, path, ID_RULE);

/** Throws ID_INVALID naming `path` and the value. */
export const parseLaneId = (text: string, path = 'placement.lane'): LaneId =>
  parse<LaneId>(
    text,
    LANE,
    path,
    'must be 1 to 63 letters, digits, "_" or "-", beginning with a letter or digit',
  );

/** Throws ID_INVALID naming `path` and the value. */
export const parseRunnerId = (text: string, path = 'runner_id'): RunnerId =>
  parse<RunnerId>(text, LANE, path, NAME_RULE);

/** Throws ID_INVALID naming `path` and the value. */
export const parseSymbol = (text: string, path = 'symbol'): string =>
  parse(text, SYMBOL, path, 'must be 1 to 64 of A-Z, 0-9 and ":._/-", beginning with a letter or digit');

/** Throws ID_INVALID naming `path` and the value. */
export const parsePortName = (text: string, path = 'port'): PortName =>
  parse<PortName>(text, PORT, path, 'must be 1 to 32 of a-z, 0-9 and "_", beginning with a letter');

/** Throws ID_INVALID naming `path` and the value. */
export const parsePipelineId = (text: string, path = 'pipeline_id'): PipelineId =>
  parse<PipelineId>(
    text,
    LANE,
    path,
    'must be 1 to 63 letters, digits, "_" or "-", beginning with a letter or digit',
  );

/** Throws ID_INVALID naming `path` and the value. */
export const parseOwner = (text: string, path = 'owner'): Owner =>
  parse<Owner>(
    text,
    OWNER,
    path,
    'must be empty, "system", "pipelines/{id}", "runners/{id}" or "trading/{id}"',
  );

/** The owner of everything that users create directly. */
export const USER = '' as Owner;
/** The owner of the processors that the server itself adds. */
export const SYSTEM = 'system' as Owner;

/** Whether an owner may edit the parts of another, as well as its own: runners edit what they share. */
export const mayEdit = (owner: Owner, other: Owner): boolean =>
  owner === other || (owner.startsWith('runners/') && other.startsWith('trading/'));

/** Refers to an output port, for `connect`. */
export function outputPort(processorId: string, port: string): OutputPortRef {
  return {
    direction: 'output',
    processorId: parseProcessorId(processorId, 'from_processor'),
    port: parsePortName(port, 'from_port'),
  };
}

/** Refers to an input port, for `connect`. */
export function inputPort(processorId: string, port: string): InputPortRef {
  return {
    direction: 'input',
    processorId: parseProcessorId(processorId, 'to_processor'),
    port: parsePortName(port, 'to_port'),
  };
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

function randomSuffix(random: () => number): string {
  let suffix = '';
  for (let i = 0; i < 6; i++) suffix += ALPHABET[Math.floor(random() * ALPHABET.length)];
  return suffix;
}

/** `camera` for `CameraProcessor`, `sine-generator` for `SineGenerator`, `name` for `vendor.Name`. */
export function slugOfType(typeName: string): string {
  const own = typeName.slice(typeName.lastIndexOf('.') + 1);
  const name = own.replace(/Processor$/, '') || own;
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase()
    .slice(0, 56);
}

/** Makes an id from the type's name and six random characters. */
export const makeProcessorId = (typeName: string, random: () => number = Math.random): ProcessorId =>
  `${slugOfType(typeName)}-${randomSuffix(random)}` as ProcessorId;

/** Makes `link-` and six random characters. */
export const makeLinkId = (random: () => number = Math.random): LinkId =>
  `link-${randomSuffix(random)}` as LinkId;

/** Makes `runner-` and six random characters. */
export const makeRunnerId = (random: () => number = Math.random): RunnerId =>
  `runner-${randomSuffix(random)}` as RunnerId;

/** What the ids of one runtime's dead letters begin with: six random characters. */
export const makeDeadLetterPrefix = (random: () => number = Math.random): string => randomSuffix(random);

/** Makes `backtest-` and six random characters. */
export const makeBacktestId = (random: () => number = Math.random): string =>
  `backtest-${randomSuffix(random)}`;

/** Makes `search-` and six random characters. */
export const makeSearchId = (random: () => number = Math.random): string => `search-${randomSuffix(random)}`;

/** Makes `pipeline-` and six random characters. */
export const makePipelineId = (random: () => number = Math.random): PipelineId =>
  `pipeline-${randomSuffix(random)}` as PipelineId;
