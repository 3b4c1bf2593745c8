import assert from 'node:assert/strict';
import { areSynchronized, videoAudioDeltaMs } from '../../../server/runtime/av/synchronization.ts';

const at = (ms: number) => ({ monotonicNs: BigInt(Math.round(ms * 1e6)) });

describe('picture and sound', () => {
  for (const [video, audio, want] of [
    [1000, 990, 10],
    [990, 1000, -10],
    [0.000_001, 0, 0.000_001],
    [1e9, 1e9 - 0.5, 0.5],
  ] as const) {
    it(`are ${want} ms apart at ${video} and ${audio} ms`, () => {
      assert.equal(videoAudioDeltaMs(at(video), at(audio)), want);
    });
  }

  for (const { deltaMs, toleranceMs, want } of [
    { deltaMs: 0, want: true },
    { deltaMs: 125, want: true },
    { deltaMs: 125.001, want: false },
    { deltaMs: -45, want: true },
    { deltaMs: -45.001, want: false },
    { deltaMs: 20, toleranceMs: 20, want: true },
    { deltaMs: -20, toleranceMs: 20, want: true },
    { deltaMs: 20.001, toleranceMs: 20, want: false },
    { deltaMs: -20.001, toleranceMs: 20, want: false },
    { deltaMs: 0, toleranceMs: 0, want: true },
  ]) {
    const limit = toleranceMs === undefined ? 'as viewers see it' : `with a tolerance of ${toleranceMs} ms`;
    it(`are ${want ? '' : 'not '}synchronized ${deltaMs} ms apart ${limit}`, () => {
      assert.equal(areSynchronized(at(5000 + deltaMs), at(5000), toleranceMs), want);
    });
  }
});
