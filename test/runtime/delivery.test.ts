import assert from 'node:assert/strict';
import type { Link } from '../../gen/ts/streamlib/v1/link_pb.ts';
import { inputPort, outputPort } from '../../server/runtime/ids.ts';
import type { Delivery } from '../../server/runtime/vocabulary.ts';
import { eventually } from '../support/eventually.ts';
import { assertAddsUp, droppedOf } from '../support/link-sums.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const FRAMES = 5_000;

interface Seen {
  readonly count: number;
  readonly in_order: boolean;
  readonly whole: boolean;
  readonly first: number;
  readonly last: number;
}

/** What the Collect processors saw, by their topics. */
const seen = (test: TestRuntime, topic: string): Seen | undefined =>
  test.events.flatMap((event) =>
    event.topic === topic && event.payload.case === 'custom' && event.payload.value.name === 'collected'
      ? [event.payload.value.data as unknown as Seen]
      : [],
  )[0];

describe('delivery profiles', () => {
  for (const transport of ['direct', 'ring'] as const) {
    const far =
      transport === 'ring' ? { placement: { lane: 'dedicated' } } : { placement: { lane: 'stage' } };

    async function run(delivery: Delivery, capacityFrames: number): Promise<{ seen: Seen; link: Link }> {
      await using test = await TestRuntime.create();
      const { runtime } = test;
      const config = { count: FRAMES, per_call: 50 };
      await runtime.addProcessor({ type: 'Emit', id: 'source', config, placement: { lane: 'stage' } });
      await runtime.addProcessor({ type: 'Collect', id: 'sink', config: { topic: 'sink' }, ...far });
      await runtime.connect(outputPort('source', 'data'), inputPort('sink', 'data'), {
        id: 'link',
        delivery,
        capacityFrames,
      });
      const ended = runtime.ended();
      await runtime.start();
      await ended;
      await eventually(() => seen(test, 'sink') !== undefined, 'the sink tells what it saw');
      return { seen: seen(test, 'sink') as Seen, link: await runtime.getLink('link') };
    }

    it(`lossless loses nothing, in order, over a ${transport} link that is much too short`, async () => {
      const { seen: sink, link } = await run('lossless', 4);
      assert.deepEqual(sink, { count: FRAMES, in_order: true, whole: true, first: 0, last: FRAMES - 1 });
      assert.equal(Number(link.counters?.delivered), FRAMES);
      assert.equal(droppedOf(link), 0);
      assertAddsUp(link);
    });

    for (const delivery of ['every', 'latest'] as const) {
      it(`${delivery} counts what it drops over a ${transport} link, keeps the order, and delivers the last frame`, async () => {
        const { seen: sink, link } = await run(delivery, 8);
        assert.equal(sink.in_order, true);
        assert.equal(sink.whole, true);
        assert.equal(sink.last, FRAMES - 1);
        assert.equal(Number(link.counters?.produced), FRAMES);
        assert.equal(Number(link.counters?.delivered), sink.count);
        assert.equal(droppedOf(link), FRAMES - sink.count);
        assertAddsUp(link);
      });
    }
  }

  it('sends every frame to every link that leaves an output', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Emit', id: 'source', config: { count: 500 } });
    for (const sink of ['a', 'b', 'c']) {
      const placement = { lane: sink === 'c' ? 'dedicated' : 'auto' };
      await runtime.addProcessor({ type: 'Collect', id: sink, config: { topic: sink }, placement });
      await runtime.connect(outputPort('source', 'data'), inputPort(sink, 'data'), { delivery: 'lossless' });
    }
    const ended = runtime.ended();
    await runtime.start();
    await ended;
    await eventually(() => ['a', 'b', 'c'].every((topic) => seen(test, topic) !== undefined), 'all tell');
    for (const topic of ['a', 'b', 'c']) {
      assert.deepEqual(seen(test, topic), { count: 500, in_order: true, whole: true, first: 0, last: 499 });
    }
  });

  it('gives the rings of earlier capacities back', async () => {
    // As many rings of this size as the segment's control region has no room for.
    const [updates, capacityFrames] = [300, 65_535];
    await using test = await TestRuntime.create();
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Emit', id: 'source', placement: { lane: 'dedicated' } });
    await runtime.addProcessor({ type: 'NullSink', id: 'sink', placement: { lane: 'dedicated' } });
    await runtime.connect(outputPort('source', 'data'), inputPort('sink', 'data'), { id: 'link' });
    await runtime.start();
    for (let i = 0; i < updates; i++)
      await runtime.updateLink('link', { capacityFrames: capacityFrames + (i % 2) }, { wait: 'effective' });
    const { counters } = await runtime.getLink('link');
    assert.ok(Number(counters?.delivered) > 0);
  });

  for (const lane of ['stage', 'dedicated']) {
    it(`changes capacity and delivery live without losing what fits (sink in lane ${lane})`, async () => {
      await using test = await TestRuntime.create();
      const { runtime } = test;
      await runtime.addProcessor({
        type: 'Emit',
        id: 'source',
        config: { count: 3_000 },
        placement: { lane: 'stage' },
      });
      await runtime.addProcessor({
        type: 'Collect',
        id: 'sink',
        config: { topic: 'sink' },
        placement: { lane },
      });
      const ends = [outputPort('source', 'data'), inputPort('sink', 'data')] as const;
      await runtime.connect(...ends, { id: 'link', delivery: 'lossless', capacityFrames: 16 });
      const ended = runtime.ended();
      await runtime.start();
      for (const capacityFrames of [32, 4, 128, 8]) {
        const updated = await runtime.updateLink('link', { capacityFrames }, { wait: 'effective' });
        assert.equal(updated.effective, true);
        assert.deepEqual(
          updated.impacts.map(({ linkId, framesDropped }) => [linkId, framesDropped]),
          [['link', 0n]],
        );
        assert.equal(updated.link.capacityFrames, capacityFrames);
      }
      await ended;
      await eventually(() => seen(test, 'sink') !== undefined, 'the sink tells what it saw');
      assert.deepEqual(seen(test, 'sink'), {
        count: 3_000,
        in_order: true,
        whole: true,
        first: 0,
        last: 2_999,
      });
      assertAddsUp(await runtime.getLink('link'));
    });
  }

  it('holds a lossless link while its consumer is paused, and drops nothing', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Emit', id: 'source', config: { count: 200 } });
    await runtime.addProcessor({ type: 'Collect', id: 'sink', config: { topic: 'sink' }, paused: true });
    await runtime.connect(outputPort('source', 'data'), inputPort('sink', 'data'), {
      id: 'link',
      delivery: 'lossless',
      capacityFrames: 8,
    });
    const ended = runtime.ended();
    await runtime.start();
    await eventually(async () => (await runtime.getLink('link')).counters?.queued === 8n, 'the link is full');
    assert.equal((await runtime.getLink('link')).counters?.delivered, 0n);
    await runtime.resumeProcessor('sink', { wait: 'effective' });
    await ended;
    await eventually(() => seen(test, 'sink') !== undefined, 'the sink tells what it saw');
    assert.equal(seen(test, 'sink')?.count, 200);
  });

  it('counts what a paused consumer misses as paused', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Emit', id: 'source' });
    await runtime.addProcessor({ type: 'NullSink', id: 'near', paused: true });
    await runtime.addProcessor({
      type: 'NullSink',
      id: 'far',
      paused: true,
      placement: { lane: 'dedicated' },
    });
    await runtime.connect(outputPort('source', 'data'), inputPort('near', 'data'), {
      id: 'direct',
      delivery: 'every',
    });
    await runtime.connect(outputPort('source', 'data'), inputPort('far', 'data'), {
      id: 'ring',
      delivery: 'every',
    });
    await runtime.start();
    for (const id of ['direct', 'ring']) {
      await eventually(
        async () => Number((await runtime.getLink(id)).counters?.dropped?.paused) > 10,
        `${id} drops`,
      );
    }
    await eventually(() => test.payloads('framesDropped').length >= 2, 'the events that sum drops up');
    await runtime.stop();
    for (const link of await runtime.listLinks()) assertAddsUp(link);
  });
});
