import assert from 'node:assert/strict';
import { fromBinary } from '@bufbuild/protobuf';
import { type Frame, FrameSchema } from '../../gen/ts/streamlib/v1/frame_pb.ts';
import type { LinkTap, TapSight } from '../../server/runtime/index.ts';

type FrameSight = Extract<TapSight, { kind: 'frame' }>;

/** The next frames that a tap shows; fails when it ends before. */
export async function takeFrames(tap: LinkTap, count: number): Promise<FrameSight[]> {
  const frames: FrameSight[] = [];
  while (frames.length < count) {
    const sight = await tap.next();
    assert.ok(sight.kind === 'frame', `the tap ended: ${JSON.stringify(sight)}`);
    frames.push(sight);
  }
  return frames;
}

/** Why a tap ends, once everything that it shows is read. */
export async function endOf(tap: LinkTap): Promise<string> {
  for (;;) {
    const sight = await tap.next();
    if (sight.kind === 'end') return sight.reason;
  }
}

/** The frame as the schema has it. */
export const frameOf = ({ bytes }: FrameSight): Frame['frame'] => fromBinary(FrameSchema, bytes).frame;

/** The sequence id of a DataFrame. */
export function sequenceOf(sight: FrameSight): number {
  const frame = frameOf(sight);
  assert.equal(frame.case, 'data');
  return Number((frame as Extract<Frame['frame'], { case: 'data' }>).value.sequenceId);
}

/** Asserts that each frame tells how many were written between the one before and itself. */
export function assertSkipsCounted(frames: readonly FrameSight[]): void {
  const sequences = frames.map(sequenceOf);
  const skips = sequences.slice(1).map((sequence, i) => sequence - (sequences[i] as number) - 1);
  assert.deepEqual(
    frames.slice(1).map(({ skipped }) => skipped),
    skips,
  );
}
