import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AudioFrame, DataFrame, type ProcessorDescriptor, VideoFrame } from '../../../server/processor.ts';
import { AV_SYNC_WORDS, AvSyncMeter, readAvSync } from '../../../server/runtime/av/av-sync-meter.ts';
import {
  AV_SYNC_FIRST_WORD,
  avSyncProbes,
  avSyncWordsOf,
} from '../../../server/runtime/av/av-sync-probes.ts';
import { createProcessorRecord } from '../../../server/runtime/commit/records.ts';
import type { ProcessorSpec } from '../../../server/runtime/graph/index.ts';
import { parseProcessorId, USER } from '../../../server/runtime/ids.ts';
import { ProcessorCounterWriter } from '../../../server/runtime/lane/processor-counters.ts';
import { processorMessage } from '../../../server/runtime/loop/views.ts';

/** Reads of `video` and `audio` in the order of their times, as they arrive; ties go to the audio. */
function play(
  meter: AvSyncMeter,
  video: readonly number[],
  audio: readonly number[],
  audioDelayUs = 0,
): void {
  const reads = [
    ...video.map((us) => ({ atUs: us, note: () => meter.noteVideo(us) })),
    ...audio.map((us) => ({ atUs: us + audioDelayUs - 0.5, note: () => meter.noteAudio(us) })),
  ];
  for (const { note } of reads.sort((a, b) => a.atUs - b.atUs)) note();
}

const every = (intervalUs: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => i * intervalUs);

function metered(run: (meter: AvSyncMeter) => void) {
  const words = new Float64Array(AV_SYNC_WORDS);
  run(new AvSyncMeter(words));
  return readAvSync(words);
}

describe('the sync error', () => {
  it('is not there until there was video and audio', () => {
    assert.equal(
      metered(() => {}),
      undefined,
    );
    assert.equal(
      metered((meter) => {
        for (const us of every(33_333, 100)) meter.noteVideo(us);
      }),
      undefined,
    );
    assert.equal(
      metered((meter) => {
        for (const us of every(10_000, 100)) meter.noteAudio(us);
      }),
      undefined,
    );
  });

  it('is below the length of an audio frame where both are in step', () => {
    const error = metered((meter) => play(meter, every(33_333, 90), every(10_000, 300)));
    assert.equal(error?.samples, 90);
    assert.ok(error.meanMs >= 0 && error.meanMs < 10, `mean ${error.meanMs}`);
    assert.ok(error.maxMs >= 0 && error.maxMs < 10, `max ${error.maxMs}`);
  });

  it('is positive by what the audio comes late', () => {
    const error = metered((meter) => play(meter, every(40_000, 75), every(10_000, 300), 80_000));
    assert.ok(error !== undefined);
    assert.ok(error.meanMs >= 80 && error.meanMs < 90, `mean ${error.meanMs}`);
    assert.ok(error.currentMs >= 80 && error.currentMs < 90, `current ${error.currentMs}`);
  });

  it('is negative by what the video comes late', () => {
    const error = metered((meter) => {
      for (const us of every(10_000, 300)) {
        meter.noteAudio(us);
        if (us >= 200_000 && us % 40_000 === 0) meter.noteVideo(us - 200_000);
      }
    });
    assert.ok(error !== undefined);
    assert.ok(error.currentMs <= -200 && error.currentMs >= -240, `current ${error.currentMs}`);
  });

  it('grows while one of them stands still', () => {
    const frozenVideo = metered((meter) => {
      play(meter, every(40_000, 10), every(10_000, 36));
      for (const us of every(10_000, 100)) meter.noteAudio(360_000 + us);
    });
    assert.deepEqual([frozenVideo?.currentMs, frozenVideo?.maxMs], [-990, -990]);
    const silence = metered((meter) => {
      play(meter, every(40_000, 10), every(10_000, 36));
      for (const us of every(40_000, 25)) meter.noteVideo(400_000 + us);
    });
    assert.deepEqual([silence?.currentMs, silence?.maxMs], [1010, 1010]);
  });

  it('has the mean of all that were taken and the one furthest from 0', () => {
    const times = fc.array(fc.integer({ min: 0, max: 10_000_000 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(times, (videoTimes) => {
        const error = metered((meter) => {
          meter.noteAudio(5_000_000);
          for (const us of videoTimes) meter.noteVideo(us);
        });
        const errors = videoTimes.map((us) => (us - 5_000_000) / 1000);
        const mean = errors.reduce((sum, each) => sum + each, 0) / errors.length;
        assert.equal(error?.samples, errors.length);
        assert.ok(Math.abs(error.meanMs - mean) < 1e-6, `${error.meanMs}, not ${mean}`);
        assert.equal(Math.abs(error.maxMs), Math.max(...errors.map(Math.abs)));
        assert.equal(error.currentMs, errors.at(-1));
      }),
    );
  });

  it('goes on from what a former start of the processor measured', () => {
    const words = new Float64Array(AV_SYNC_WORDS);
    for (let start = 0; start < 2; start++) {
      const meter = new AvSyncMeter(words);
      meter.noteAudio(0);
      meter.noteVideo(start * 10_000);
    }
    assert.deepEqual(readAvSync(words), { samples: 2, currentMs: 10, meanMs: 5, maxMs: 10 });
  });
});

describe('the inputs that the sync error is measured at', () => {
  const input = (frame: ProcessorDescriptor['inputs'][string]['frame']) => ({
    frame,
    description: 'for tests',
  });

  it('are those for video and for sound, where there are both', () => {
    const inputs = {
      video: input(VideoFrame),
      overlay: input(VideoFrame),
      audio: input(AudioFrame.of(2)),
      music: input(AudioFrame.any),
      data: input(DataFrame),
      other: input('any'),
    };
    const words = new Float64Array(AV_SYNC_WORDS);
    const probes = avSyncProbes(inputs, words);
    assert.deepEqual([...probes.keys()], ['video', 'overlay', 'audio', 'music']);
    probes.get('music')?.(1_000_000);
    probes.get('overlay')?.(1_005_000);
    assert.equal(readAvSync(words)?.currentMs, 5);
  });

  for (const [name, inputs] of Object.entries<ProcessorDescriptor['inputs']>({
    'no inputs': {},
    'video alone': { video: input(VideoFrame), data: input(DataFrame) },
    'sound alone': { audio: input(AudioFrame.any), other: input('any') },
  })) {
    it(`are none with ${name}`, () => {
      assert.equal(avSyncProbes(inputs, new Float64Array(AV_SYNC_WORDS)).size, 0);
    });
  }
});

describe('the sync error among the metrics of a processor', () => {
  const spec: ProcessorSpec = {
    processorId: parseProcessorId('mixer'),
    processorType: 'acme.Mixer',
    typeVersion: 1,
    displayName: '',
    config: {},
    placement: { lane: 'auto', priority: 'normal' },
    supervision: {},
    paused: false,
    owner: USER,
    labels: {},
  };
  const record = {
    ...createProcessorRecord(spec, 0),
    counters: new SharedArrayBuffer((AV_SYNC_FIRST_WORD + AV_SYNC_WORDS) * 8),
  };
  const avSyncOf = () =>
    processorMessage(record, { given: {}, effective: {} }, { dropped: 0, deadLetters: 0 }).metrics?.avSync;

  it('is absent until it is measured, whatever else is counted', () => {
    const counters = new ProcessorCounterWriter(record.counters);
    // NB: longer than the last bucket of the times, the counters' last word.
    counters.recordCall(2 ** 50, 1);
    assert.equal(avSyncOf(), undefined);
  });

  it('is shown as measured', () => {
    const meter = new AvSyncMeter(avSyncWordsOf(record.counters));
    meter.noteAudio(0);
    meter.noteVideo(30_000);
    meter.noteVideo(10_000);
    const { samples, errorMs, meanErrorMs, maxErrorMs } = avSyncOf() ?? {};
    assert.deepEqual([samples, errorMs, meanErrorMs, maxErrorMs], [2n, 10, 20, 30]);
  });
});
