import assert from 'node:assert/strict';
import { inputPort, type OutputPortRef } from '../../server/runtime/ids.ts';
import { witnessedBuffers } from './crash-processors.ts';
import { eventually } from './eventually.ts';
import { SegmentAudit } from './segment-audit.ts';
import type { TestRuntime } from './test-runtime.ts';

/** The registry of the processors that the functions of this module use. */
export const CRASH_REGISTRY = new URL('./crash-processors.ts', import.meta.url).href;

/** Adds a processor on this thread that sees frames of an output, and with them the segment of a runtime. */
export async function addWitness({ runtime }: TestRuntime, from: OutputPortRef): Promise<void> {
  witnessedBuffers.clear();
  await runtime.addProcessor({ type: 'CrashWitness', id: 'witness', placement: { lane: 'main' } });
  const request = { id: 'to-witness', delivery: 'every', capacityFrames: 4 } as const;
  await runtime.connect(from, inputPort('witness', 'data'), request);
}

/** The segment of the runtime whose witness was added last, as soon as a frame has passed there. */
export async function auditWitnessed(): Promise<SegmentAudit> {
  await eventually(() => witnessedBuffers.size === 1, 'a frame is seen');
  const [buffer] = witnessedBuffers as Set<ArrayBuffer>;
  assert.ok(buffer !== undefined);
  return new SegmentAudit({ buffer, words: new Int32Array(buffer) });
}
