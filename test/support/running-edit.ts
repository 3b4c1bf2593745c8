import type { CommandOptions } from '../../server/runtime/commands.ts';
import { inputPort, outputPort } from '../../server/runtime/ids.ts';
import type { JsonObject } from '../../server/runtime/json.ts';
import type {
  LinkChange,
  Outcome,
  ProcessorRequest,
  RuntimeOperations,
} from '../../server/runtime/operations.ts';
import type { Delivery } from '../../server/runtime/vocabulary.ts';

/** Where a processor is to sit. */
export type Placement = NonNullable<ProcessorRequest['placement']>;
/** One end of a link. */
export type LinkEnd = readonly [processorId: string, port: string];

/** One edit of a running graph. */
export type RunningEdit =
  | {
      readonly kind: 'add';
      readonly processorId: string;
      readonly type: string;
      readonly config: JsonObject;
      readonly placement: Placement;
    }
  /** `linkIds` end with the processor. */
  | { readonly kind: 'remove'; readonly processorId: string; readonly linkIds: readonly string[] }
  | {
      readonly kind: 'replace';
      readonly processorId: string;
      readonly type: string;
      readonly config: JsonObject;
    }
  | { readonly kind: 'configure'; readonly processorId: string; readonly config: JsonObject }
  | { readonly kind: 'move'; readonly processorId: string; readonly placement: Placement }
  | { readonly kind: 'pause' | 'resume' | 'restart'; readonly processorId: string }
  | {
      readonly kind: 'connect';
      readonly linkId: string;
      readonly from: LinkEnd;
      readonly to: LinkEnd;
      readonly delivery: Delivery;
      readonly capacityFrames: number;
    }
  | { readonly kind: 'disconnect'; readonly linkId: string; readonly fromId: string; readonly toId: string }
  | { readonly kind: 'reshape'; readonly linkId: string; readonly change: LinkChange };

/** The links that end with an edit. */
export function linksEndedBy(edit: RunningEdit): readonly string[] {
  if (edit.kind === 'remove') return edit.linkIds;
  return edit.kind === 'disconnect' ? [edit.linkId] : [];
}

/** Has a runtime make an edit. */
export async function applyEdit(
  runtime: RuntimeOperations,
  edit: RunningEdit,
  options: CommandOptions,
): Promise<Outcome> {
  switch (edit.kind) {
    case 'add': {
      const { processorId: id, type, config, placement } = edit;
      return runtime.addProcessor({ id, type, config, placement }, options);
    }
    case 'remove':
      return runtime.removeProcessor(edit.processorId, options);
    case 'replace': {
      const value = { processorId: edit.processorId, processorType: edit.type, config: edit.config };
      return outcomeOf(edit, await runtime.execute({ case: 'replaceProcessor', value }, options));
    }
    case 'configure':
      return runtime.updateProcessor(edit.processorId, { config: edit.config }, options);
    case 'move': {
      const value = { processorId: edit.processorId, placement: { lane: edit.placement.lane } };
      return outcomeOf(edit, await runtime.execute({ case: 'updateProcessor', value }, options));
    }
    case 'pause':
      return runtime.pauseProcessor(edit.processorId, options);
    case 'resume':
      return runtime.resumeProcessor(edit.processorId, options);
    case 'restart':
      return runtime.restartProcessor(edit.processorId, options);
    case 'connect': {
      const { linkId, from, to, delivery, capacityFrames } = edit;
      const request = { id: linkId, delivery, capacityFrames };
      return runtime.connect(outputPort(...from), inputPort(...to), request, options);
    }
    case 'disconnect':
      return runtime.disconnect(edit.linkId, options);
    case 'reshape':
      return runtime.updateLink(edit.linkId, edit.change, options);
  }
}

function outcomeOf({ kind }: RunningEdit, { outcome }: { outcome?: Outcome | undefined }): Outcome {
  if (outcome === undefined) throw new Error(`the edit ${kind} answered no outcome`);
  return outcome;
}
