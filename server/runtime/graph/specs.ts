import type { InputPortRef, LinkId, OutputPortRef, Owner, ProcessorId } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import type { Delivery, ErrorPolicy, LanePriority, RestartStrategy } from '../vocabulary.ts';

/** Where a processor is to run. */
export interface PlacementSpec {
  /** `auto` (the plan decides), `main`, `dedicated`, or the name of a lane that all who name it share. */
  readonly lane: string;
  readonly priority: LanePriority;
}

/** When a failed processor is set up again; what is absent takes its default. */
export interface RestartSpec {
  readonly strategy?: RestartStrategy;
  readonly baseMs?: number;
  readonly maxMs?: number;
  readonly maxAttempts?: number;
  readonly failureThreshold?: number;
  readonly windowMs?: number;
  readonly halfOpenAfterMs?: number;
}

/** How failures of a processor are handled; what is absent takes its default. */
export interface SupervisionSpec {
  readonly errorPolicy?: ErrorPolicy;
  /** What `use_default` writes: a DataFrame as JSON. */
  readonly defaultFrame?: JsonObject;
  readonly restart?: RestartSpec;
  /** 0 is off. */
  readonly watchdogMs?: number;
  /** From 1 to 1,000,000. */
  readonly maxDeadLetters?: number;
}

/** Names that users give, for finding things. */
export type Labels = Readonly<Record<string, string>>;

/** A processor as it is wanted. An object that is the same means that nothing of it changed. */
export interface ProcessorSpec {
  readonly processorId: ProcessorId;
  readonly processorType: string;
  /** In an edit, 0 takes the newest. */
  readonly typeVersion: number;
  readonly displayName: string;
  /** As it was given: without keys that are null, defaults not filled in. The same object until it is changed. */
  readonly config: JsonObject;
  readonly placement: PlacementSpec;
  readonly supervision: SupervisionSpec;
  /** Not called until it is resumed. */
  readonly paused: boolean;
  readonly owner: Owner;
  readonly labels: Labels;
}

/** A link as it is wanted. Its ends never change. */
export interface LinkSpec {
  readonly linkId: LinkId;
  readonly from: OutputPortRef;
  readonly to: InputPortRef;
  /** Absent takes the input port's profile. */
  readonly delivery?: Delivery;
  /** 1 to 65536; absent takes the default. */
  readonly capacityFrames?: number;
  /** Whoever created it; it may join processors of other owners. */
  readonly owner: Owner;
  readonly labels: Labels;
}

/** Where a processor goes that does not say. */
export const DEFAULT_PLACEMENT: PlacementSpec = { lane: 'auto', priority: 'normal' };
