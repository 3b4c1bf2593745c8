import assert from 'node:assert/strict';
import { inputPort, outputPort } from '../../server/runtime/ids.ts';
import type { JsonObject } from '../../server/runtime/index.ts';
import { eventually } from '../support/eventually.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const REGISTRY = new URL('../support/media-processors.ts', import.meta.url).href;
const COUNT = 200;

/** What the sink saw of `count` frames of each of these types, which went over one link each. */
async function seenBySink(
  test: TestRuntime,
  {
    ports,
    sinkType,
    lane,
  }: { ports: readonly (readonly [string, string])[]; sinkType: string; lane: string },
): Promise<JsonObject> {
  const { runtime } = test;
  await runtime.addProcessor({
    type: 'acme.MediaSource',
    id: 'source',
    config: { count: COUNT, video_late_ms: 25 },
    placement: { lane: 'stage' },
  });
  await runtime.addProcessor({ type: sinkType, id: 'sink', placement: { lane } });
  for (const [from, to] of ports) {
    await runtime.connect(outputPort('source', from), inputPort('sink', to), { delivery: 'lossless' });
  }
  const ended = runtime.ended();
  await runtime.start();
  await ended;
  const seen = () =>
    test.payloads('custom').find(({ name }) => name === 'seen')?.data as JsonObject | undefined;
  await eventually(() => seen() !== undefined, 'the sink tells what it saw');
  return seen() ?? {};
}

const MEDIA = ['video', 'audio', 'market'].map((port) => [port, port] as const);

for (const lane of ['stage', 'dedicated']) {
  const where = lane === 'stage' ? 'within a lane' : 'between lanes';
  describe(`frames of media ${where}`, () => {
    it('arrive as they were made', async () => {
      await using test = await TestRuntime.create({ registries: [REGISTRY] });
      const seen = await seenBySink(test, { ports: MEDIA, sinkType: 'acme.MediaSink', lane });
      assert.deepEqual(seen, { video: COUNT, audio: COUNT, market: COUNT, sweep: 0, wrong: 0 });
    });

    it('show how far the video is from the audio', async () => {
      await using test = await TestRuntime.create({ registries: [REGISTRY] });
      await seenBySink(test, { ports: MEDIA, sinkType: 'acme.MediaSink', lane });
      const { metrics } = await test.runtime.getProcessor('sink');
      // NB: how far one link is ahead of the other is chance; test/runtime/av tells what is measured.
      assert.ok((metrics?.avSync?.samples ?? 0n) > 0n);
      const { metrics: ofSource } = await test.runtime.getProcessor('source');
      assert.equal(ofSource?.avSync, undefined);
    });

    it('of a third party arrive as they were made, too', async () => {
      await using test = await TestRuntime.create({ registries: [REGISTRY] });
      const seen = await seenBySink(test, { ports: [['sweep', 'sweep']], sinkType: 'acme.MediaSink', lane });
      assert.deepEqual(seen, { video: 0, audio: 0, market: 0, sweep: COUNT, wrong: 0 });
    });
  });
}

describe('frames of a third party', () => {
  for (const { lane, want } of [
    { lane: 'stage', want: { distances: [0, 0] } },
    { lane: 'dedicated', want: { frame_type: 'acme.Sweep', byte_length: 32 } },
  ]) {
    it(`are ${lane === 'stage' ? 'known' : 'opaque'} to a sink in a lane that ${lane === 'stage' ? 'also hosts their source' : 'has not loaded them'}`, async () => {
      await using test = await TestRuntime.create({ registries: [REGISTRY] });
      const seen = await seenBySink(test, { ports: [['sweep', 'data']], sinkType: 'acme.AnySink', lane });
      assert.deepEqual(seen, { frame: want });
    });
  }
});
