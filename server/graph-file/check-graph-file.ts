import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import type { Delivery, JsonObject, vocabulary } from '../runtime/index.ts';
import type { FilePath } from './file-places.ts';
import { graphFileSchema } from './graph-file-schema.ts';

/** What a graph file holds, as it is written there. */
export interface GraphFileContent {
  readonly processors?: readonly FileProcessor[];
  readonly links?: readonly FileLink[];
}

/** A processor of a graph file. */
export interface FileProcessor {
  readonly id: string;
  readonly type: string;
  readonly display_name?: string;
  readonly config?: JsonObject;
  readonly type_version?: number;
  readonly placement?: { readonly lane?: string; readonly priority?: vocabulary.LanePriority };
  readonly supervision?: FileSupervision;
  readonly paused?: boolean;
  readonly labels?: Record<string, string>;
}

/** How failures of a processor of a graph file are handled. */
export interface FileSupervision {
  readonly error_policy?: vocabulary.ErrorPolicy;
  /** A DataFrame as the schema writes it in JSON. */
  readonly default_frame?: JsonObject;
  readonly restart?: FileRestart;
  readonly watchdog_ms?: number;
  readonly max_dead_letters?: number;
}

/** When a failed processor of a graph file is set up again. */
export interface FileRestart {
  readonly strategy?: vocabulary.RestartStrategy;
  readonly base_ms?: number;
  readonly max_ms?: number;
  readonly max_attempts?: number;
  readonly failure_threshold?: number;
  readonly window_ms?: number;
  readonly half_open_after_ms?: number;
}

/** A link of a graph file; its ends are written `processor.port`. */
export interface FileLink {
  readonly id?: string;
  readonly from: string;
  readonly to: string;
  readonly delivery?: Delivery;
  readonly capacity_frames?: number;
  readonly labels?: Record<string, string>;
}

/** One thing that is wrong in a graph file. */
export interface FileFault {
  readonly path: FilePath;
  readonly message: string;
}

const LONGEST_VALUE = 60;

const validate = new Ajv2020({ allErrors: true, strict: true, verbose: true }).compile<GraphFileContent>(
  graphFileSchema,
);

/** Everything in which a content is none of a graph file. */
export function faultsOf(content: unknown): FileFault[] {
  return validate(content) ? [] : (validate.errors ?? []).map(describe);
}

function describe({ instancePath, message, params, keyword, data }: ErrorObject): FileFault {
  const path = instancePath
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~')));
  switch (keyword) {
    case 'additionalProperties': {
      const name = String(params.additionalProperty);
      return { path: [...path, name], message: `is no field, was ${quote((data as never)[name])}` };
    }
    case 'required':
      return { path: [...path, String(params.missingProperty)], message: 'is required, was absent' };
    case 'enum':
      return {
        path,
        message: `must be one of ${(params.allowedValues as string[]).join(', ')}, was ${quote(data)}`,
      };
    case 'type':
      return { path, message: `must be of type ${params.type}, was ${quote(data)}` };
    default:
      return { path, message: `${message}, was ${quote(data)}` };
  }
}

function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}
