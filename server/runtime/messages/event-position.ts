import type { RuntimeOperations } from '../operations.ts';

/** From where on events tell what an answer does not know yet. Ask for it behind what the answer shows. */
export async function eventPosition(
  operations: Pick<RuntimeOperations, 'getState'>,
): Promise<{ readonly streamId: string; readonly asOfSequence: bigint }> {
  const { streamId, asOfSequence } = await operations.getState();
  return { streamId, asOfSequence };
}
