import type { JsonObject } from '../../runtime/index.ts';
import type { PipelineSpec } from '../config/pipeline-spec.ts';
import { readPipelineConfig } from '../config/read-pipeline-config.ts';
import { writePipelineConfig } from '../config/write-pipeline-config.ts';

/**
 * What makes a pipeline, beside the processors and links of its continuous instance. It is kept as the config of the
 * pipeline's pool, so that it is journaled, rolled back and restored with the rest of the pipeline's part of the graph.
 */
export interface PipelineRecord {
  readonly pipelineId: string;
  readonly displayName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: PipelineSpec;
  /** What its parts know it by: see `pipeline-channels.ts`. */
  readonly key: string;
}

/** The type of the processor that has the record. */
export const POOL_TYPE = 'PipelinePool';

/** Its id. */
export const poolIdOf = (pipelineId: string): string => `${pipelineId}.pool--`;

/** The config of a pool as it has the record. */
export const recordToConfig = ({ displayName, labels, spec, key }: PipelineRecord): JsonObject => ({
  key,
  pipeline: { display_name: displayName, labels: { ...labels }, ...writePipelineConfig(spec) },
});

/** The record that a pool's config has. */
export function recordFromConfig(pipelineId: string, config: JsonObject): PipelineRecord {
  const { display_name = '', labels = {}, ...pipeline } = config.pipeline as JsonObject;
  return {
    pipelineId,
    displayName: String(display_name),
    labels: labels as Record<string, string>,
    spec: readPipelineConfig(pipeline).spec,
    key: String(config.key),
  };
}
