import type { LinkId, ProcessorId } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import type { ChangeKind, Delivery } from '../vocabulary.ts';
import type { Labels, LinkSpec, PlacementSpec, ProcessorSpec, SupervisionSpec } from './specs.ts';

/** Changes what is present; everything else stays. */
export interface UpdateProcessorEdit {
  readonly kind: 'update_processor';
  readonly processorId: ProcessorId;
  readonly displayName?: string;
  /** A JSON merge patch (RFC 7396): null returns a key to its default. */
  readonly config?: JsonObject;
  /** Takes `config` as the whole config. */
  readonly replaceConfig?: boolean;
  readonly placement?: PlacementSpec;
  readonly supervision?: SupervisionSpec;
  readonly labels?: Labels;
}

/** Changes what is present; everything else stays. */
export interface UpdateLinkEdit {
  readonly kind: 'update_link';
  readonly linkId: LinkId;
  readonly delivery?: Delivery | 'default';
  readonly capacityFrames?: number | 'default';
  readonly labels?: Labels;
}

/**
 * Puts another type in a processor's place. Links to ports that the type does not have or cannot join go; of several
 * on an input that takes one now, the one with the lowest id stays.
 */
export interface ReplaceProcessorEdit {
  readonly kind: 'replace_processor';
  readonly processorId: ProcessorId;
  readonly processorType: string;
  /** Absent or 0 takes the newest. */
  readonly typeVersion?: number;
  /** The whole config; absent keeps the old one. */
  readonly config?: JsonObject;
}

/** One edit of the graph. Ids are drawn before, so that a replay and a dry run of the same edit agree. */
export type GraphEdit =
  | { readonly kind: 'add_processor'; readonly processor: ProcessorSpec }
  /** Its links go with it, whoever owns them. */
  | { readonly kind: 'remove_processor'; readonly processorId: ProcessorId }
  | UpdateProcessorEdit
  | ReplaceProcessorEdit
  | { readonly kind: 'pause_processor'; readonly processorId: ProcessorId }
  | { readonly kind: 'resume_processor'; readonly processorId: ProcessorId }
  | { readonly kind: 'connect'; readonly link: LinkSpec }
  | { readonly kind: 'disconnect'; readonly linkId: LinkId }
  | UpdateLinkEdit;

/** What became of a processor. */
export interface ProcessorChange {
  readonly kind: ChangeKind;
  readonly processorId: ProcessorId;
  /** The fields that differ, as the schema calls them. Absent where the whole processor came or went. */
  readonly fields?: readonly string[];
}

/** What became of a link. `replaced` means that the id now stands for a link between other ports. */
export interface LinkChange {
  readonly kind: ChangeKind;
  readonly linkId: LinkId;
  /** The fields that differ, as the schema calls them. Absent where the whole link came or went. */
  readonly fields?: readonly string[];
}

/** One difference that accepted edits made: net, so a part that came and went within them is none. */
export type Change = ProcessorChange | LinkChange;
