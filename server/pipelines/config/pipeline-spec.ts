import type { Delivery, JsonObject, PlacementSpec, SupervisionSpec } from '../../runtime/index.ts';

/** One node of a pipeline, as it was given. */
export interface PipelineNodeSpec {
  /** Local to the pipeline. */
  readonly id: string;
  /** A processor type, or the short name of one: in a pipeline `Gain` means `DataGain`. */
  readonly type: string;
  /** Without keys that are null; defaults not filled in. */
  readonly config: JsonObject;
  /** Absent takes that of the pipeline. */
  readonly supervision?: SupervisionSpec;
  readonly placement?: PlacementSpec;
  readonly displayName: string;
}

/** One connection of a pipeline, as it was given. */
export interface PipelineConnectionSpec {
  readonly from: string;
  readonly to: string;
  /** Absent takes the only output. */
  readonly fromPort?: string;
  /** Absent takes the only input. */
  readonly toPort?: string;
  /** Absent is lossless. */
  readonly delivery?: Delivery;
  /** Absent takes the pipeline's `channelCapacity`. */
  readonly capacityFrames?: number;
}

export const PIPELINE_MODES = ['unspecified', 'continuous', 'pooled'] as const;
/** Whether an instance stands in the graph (`continuous`), or there is only the pool. */
export type PipelineMode = Exclude<(typeof PIPELINE_MODES)[number], 'unspecified'>;

/** What holds for all nodes and connections, as it was given. */
export interface PipelineSettings {
  readonly channelCapacity?: number;
  readonly maxConcurrent?: number;
  readonly maxWaiting?: number;
  readonly executionTimeoutMs?: number;
  readonly supervision?: SupervisionSpec;
  readonly maxDeadLetters?: number;
  readonly mode?: PipelineMode;
}

/** A pipeline's config as it was given: plain data, not checked yet. */
export interface PipelineSpec {
  readonly nodes: readonly PipelineNodeSpec[];
  readonly connections: readonly PipelineConnectionSpec[];
  readonly settings: PipelineSettings;
}

/** The ranges and defaults of the settings that are numbers. */
export const SETTING_RANGES = {
  channelCapacity: { least: 1, most: 65_536, fallback: 64 },
  maxConcurrent: { least: 1, most: 1024, fallback: 8 },
  maxWaiting: { least: 0, most: 1_000_000, fallback: 1024 },
  executionTimeoutMs: { least: 1, most: 86_400_000, fallback: 30_000 },
  maxDeadLetters: { least: 1, most: 100_000, fallback: 1000 },
} as const;

/** A setting that is a number. */
export type NumericSetting = keyof typeof SETTING_RANGES;

/** A setting as it was given, or its default. */
export const settingOf = (settings: PipelineSettings, name: NumericSetting): number =>
  settings[name] ?? SETTING_RANGES[name].fallback;

/** The policies that hold for a node: its own, or those of the settings; the settings' bound on dead letters is for both. */
export function supervisionOf(
  { supervision }: Pick<PipelineNodeSpec, 'supervision'>,
  settings: PipelineSettings,
): SupervisionSpec {
  const { maxDeadLetters } = settings;
  const policies = supervision ?? settings.supervision ?? {};
  if (maxDeadLetters === undefined || policies.maxDeadLetters !== undefined) return policies;
  return { ...policies, maxDeadLetters };
}
