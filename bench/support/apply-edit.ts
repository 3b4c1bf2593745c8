import type { CommandOptions } from '../../server/runtime/commands.ts';
import { inputPort, outputPort } from '../../server/runtime/ids.ts';
import type { Outcome } from '../../server/runtime/operations.ts';
import type { StreamRuntime } from '../../server/runtime/stream-runtime.ts';
import type { RandomEdit } from './random-edits.ts';

/** What an edit answers that was waited for, or not. */
export type EditOutcome = Pick<Outcome, 'revision' | 'effective' | 'impacts'>;

/** Has a runtime make an edit. */
export async function applyEdit(
  runtime: StreamRuntime,
  edit: RandomEdit,
  options: CommandOptions,
): Promise<EditOutcome> {
  switch (edit.kind) {
    case 'add': {
      const placement = { lane: edit.lane, priority: 'high' } as const;
      return await runtime.addProcessor({ id: edit.processorId, type: edit.type, placement }, options);
    }
    case 'remove':
      return await runtime.removeProcessor(edit.processorId, options);
    case 'replace': {
      const value = { processorId: edit.processorId, processorType: edit.type };
      const { outcome } = await runtime.execute({ case: 'replaceProcessor', value }, options);
      if (outcome === undefined) throw new Error(`replacing ${edit.processorId} answered no outcome`);
      return outcome;
    }
    case 'configure':
      return await runtime.updateProcessor(edit.processorId, { config: edit.config }, options);
    case 'pause':
      return await runtime.pauseProcessor(edit.processorId, options);
    case 'resume':
      return await runtime.resumeProcessor(edit.processorId, options);
    case 'connect': {
      const { linkId, from, to, delivery, capacityFrames } = edit;
      const request = { id: linkId, delivery, capacityFrames };
      return await runtime.connect(outputPort(...from), inputPort(...to), request, options);
    }
    case 'disconnect':
      return await runtime.disconnect(edit.linkId, options);
    case 'reshape': {
      const { linkId, delivery, capacityFrames } = edit;
      return await runtime.updateLink(linkId, { delivery, capacityFrames }, options);
    }
  }
}
