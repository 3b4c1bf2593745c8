import assert from 'node:assert/strict';
import type { Frame } from '../../../gen/ts/streamlib/v1/frame_pb.ts';
import { inputPort, outputPort } from '../../../server/runtime/ids.ts';
import type { TapOptions, TapSight } from '../../../server/runtime/index.ts';
import { frameOf, takeFrames } from '../../support/tap-sights.ts';
import { TEST_REGISTRIES, TestRuntime } from '../../support/test-runtime.ts';

const MEDIA = new URL('../../support/media-processors.ts', import.meta.url).href;
const SMALL: TapOptions = { maxBytes: 16 };

type Shown = Extract<TapSight, { kind: 'frame' }>;
type FrameCase<Name> = Extract<Frame['frame'], { case: Name }>;

/** The first frame of an output of a media source, as a tap shows it. */
async function firstOf(port: string, options: TapOptions = {}): Promise<Shown> {
  await using test = await TestRuntime.create({ registries: [...TEST_REGISTRIES, MEDIA] });
  const { runtime } = test;
  await runtime.addProcessor({ type: 'acme.MediaSource', id: 'source', placement: { lane: 'a' } });
  await runtime.addProcessor({ type: 'NullSink', id: 'sink', placement: { lane: 'b' } });
  await runtime.connect(outputPort('source', port), inputPort('sink', 'data'), { id: 'line' });
  using tap = await runtime.taps.open('line', options);
  await runtime.start();
  const [frame] = await takeFrames(tap, 1);
  return frame as Shown;
}

function contentOf<Name extends NonNullable<Frame['frame']['case']>>(
  shown: Shown,
  name: Name,
): NonNullable<FrameCase<Name>['value']> {
  const frame = frameOf(shown);
  assert.equal(frame.case, name);
  return frame.value as NonNullable<FrameCase<Name>['value']>;
}

describe('a tap of', () => {
  it('sound shows the samples, or the header and the levels of a frame that is too large', async () => {
    const whole = await firstOf('audio');
    const { planes, channels, samples, sampleRateHz } = contentOf(whole, 'audio');
    assert.deepEqual(
      { truncated: whole.truncated, bytes: planes.length, channels, samples, sampleRateHz },
      { truncated: false, bytes: 2 * 4 * 4, channels: 2, samples: 4, sampleRateHz: 48_000 },
    );
    assert.deepEqual(whole.levels, []);
    const header = await firstOf('audio', SMALL);
    assert.deepEqual(header.levels, [
      { rms: 0, peak: 0 },
      { rms: 0, peak: 0 },
    ]);
    const cut = contentOf(header, 'audio');
    assert.deepEqual(
      [header.truncated, cut.planes.length, cut.channels, cut.samples, cut.sampleRateHz],
      [true, 0, 2, 4, 48_000],
    );
  });

  it('pictures shows the planes, or the header of a frame that is too large', async () => {
    const { planes, strides, width, height } = contentOf(await firstOf('video'), 'video');
    assert.deepEqual(
      { lengths: planes.map(({ length }) => length), strides, width, height },
      { lengths: [15, 6, 6], strides: [5, 3, 3], width: 5, height: 3 },
    );
    const header = await firstOf('video', SMALL);
    const cut = contentOf(header, 'video');
    assert.deepEqual(
      [header.truncated, cut.planes, cut.strides, cut.width, cut.height],
      [true, [], [5, 3, 3], 5, 3],
    );
  });

  it('market data shows its fields', async () => {
    const { symbol, price, bid, ask } = contentOf(await firstOf('market'), 'market');
    assert.deepEqual({ symbol, price, bid, ask }, { symbol: 'EVEN', price: 0, bid: -0, ask: undefined });
  });

  it("a third party's type shows what it encodes, or its name", async () => {
    const whole = contentOf(await firstOf('sweep'), 'opaque');
    assert.deepEqual([whole.frameType, whole.typeVersion, whole.data.length], ['acme.Sweep', 2, 8]);
    const header = await firstOf('sweep', SMALL);
    const cut = contentOf(header, 'opaque');
    assert.deepEqual(
      [header.truncated, cut.frameType, cut.typeVersion, cut.data.length, cut.monotonicNs > 0n],
      [true, 'acme.Sweep', 2, 0, true],
    );
  });

  it('values shows the names of the channels of a frame that is too large', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Emit', id: 'source', config: { channel_length: 1000 } });
    await runtime.addProcessor({ type: 'NullSink', id: 'sink' });
    await runtime.connect(outputPort('source', 'data'), inputPort('sink', 'data'), { id: 'line' });
    using large = await runtime.taps.open('line', { maxBytes: 8_000 });
    using larger = await runtime.taps.open('line', { maxBytes: 9_000 });
    await runtime.start();
    const [[cut], [whole]] = await Promise.all([takeFrames(large, 1), takeFrames(larger, 1)]);
    assert.deepEqual([cut?.truncated, whole?.truncated], [true, false]);
    const names = ({ payload }: FrameCase<'data'>['value']) =>
      Object.entries(payload).map(([name, { values }]) => [name, values.length]);
    assert.deepEqual(names(contentOf(cut as Shown, 'data')), [['value', 0]]);
    assert.deepEqual(names(contentOf(whole as Shown, 'data')), [['value', 1000]]);
  });
});
