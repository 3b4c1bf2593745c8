import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { StreamRuntime } from '../../server/runtime/stream-runtime.ts';
import { assertAddsUp } from './link-account.ts';

const EFFECTIVE = { wait: 'effective' } as const;

/** Which link is to end, and between which processors. */
export interface QuietDisconnect {
  readonly linkId: string;
  readonly fromId: string;
  readonly toId: string;
  /** How long frames may pile up before. */
  readonly pileUpMs: number;
}

/**
 * Takes a link away while both its ends are paused, so that what it held is known to the frame, and asserts that
 * exactly this is reported. Answers how many frames that were.
 */
export async function disconnectQuietly(
  runtime: StreamRuntime,
  { linkId, fromId, toId, pileUpMs }: QuietDisconnect,
): Promise<number> {
  await runtime.pauseProcessor(toId, EFFECTIVE);
  await pause(pileUpMs);
  await runtime.pauseProcessor(fromId, EFFECTIVE);
  const link = await runtime.getLink(linkId);
  assertAddsUp(link);
  const { impacts } = await runtime.disconnect(linkId, EFFECTIVE);
  const reported = impacts.filter((impact) => impact.linkId === linkId).map((impact) => impact.framesDropped);
  assert.deepEqual(reported, [link.counters?.queued], `frames reported lost of those that ${linkId} held`);
  await runtime.resumeProcessor(fromId, EFFECTIVE);
  await runtime.resumeProcessor(toId, EFFECTIVE);
  return Number(link.counters?.queued);
}
