import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import { accountedFor, activate, LaneDriver, step, TestLink } from '../../support/lane-harness.ts';

describe('a hosted processor', () => {
  let lane: LaneDriver;

  beforeEach(() => {
    lane = new LaneDriver('here');
  });

  afterEach(async () => {
    await lane.shutDown();
  });

  it('is not called before it is activated', async () => {
    const link = new TestLink('emit.data', 'collect.data');
    await lane.must(lane.host('emit', 'Emit', { count: 3 }), lane.host('collect', 'Collect'), link.attach());
    await lane.must(...activate('emit'));
    await lane.reaches('emit', 'stopped');
    assert.equal(link.counts.queued, 3);
    assert.deepEqual(lane.states('collect'), ['starting']);
    await lane.must(...activate('collect'));
    await lane.reaches('collect', 'stopped');
    assert.equal(link.counts.delivered, 3);
  });

  it('chooses how often it is called', async () => {
    const link = new TestLink('hasty.data', 'collect.data', { delivery: 'latest' });
    const hosted = [lane.host('hasty', 'Hasty', { interval_us: 0 }), lane.host('collect', 'Collect')];
    await lane.must(...hosted, link.attach(), ...activate('hasty', 'collect'));
    // At its first interval this would take longer than a test may.
    await eventually(() => link.counts.produced > 1000, 'it is called again and again');
  });

  for (const intervalUs of [-1, 3_600_000_001])
    it(`refuses to be called every ${intervalUs} microseconds`, async () => {
      await lane.must(lane.host('hasty', 'Hasty', { interval_us: intervalUs }), ...activate('hasty'));
      await lane.reaches('hasty', 'failed');
      assert.deepEqual(lane.error('hasty')?.path, 'intervalUs');
      assert.match(lane.error('hasty')?.message ?? '', /must be from 0 to 3600000000, was/);
    });

  for (const { name, type, config, code, message } of [
    {
      name: 'an unknown type',
      type: 'Nothing',
      config: {},
      code: 'PROCESSOR_TYPE_UNKNOWN',
      message: /"Nothing"/,
    },
    {
      name: 'a module that does not load',
      type: 'Unloadable',
      config: {},
      code: 'SETUP_FAILED',
      message: /broken/,
    },
    {
      name: 'a setup that throws',
      type: 'Thrower',
      config: { in: 'setup' },
      code: 'SETUP_FAILED',
      message: /no such thing/,
    },
  ]) {
    it(`fails on ${name}, tells it as the step's result and drops what is sent to it`, async () => {
      const link = new TestLink('emit.data', 'bad.data', { delivery: 'lossless' });
      const [result] = await lane.control(lane.host('bad', type, config));
      assert.equal(result?.error?.code, code);
      assert.match(result?.error?.message ?? '', message);
      assert.deepEqual(lane.states('bad'), ['starting', 'failed']);
      assert.deepEqual(lane.error('bad'), result?.error);
      await lane.must(lane.host('emit', 'Emit', { count: 100 }), link.attach(), ...activate('bad', 'emit'));
      await lane.reaches('emit', 'stopped');
      await eventually(() => link.counts.dropped.failed === 100, 'the failed processor drops its input');
      assert.deepEqual(lane.states('bad'), ['starting', 'failed']);
    });
  }

  it('fails when process throws, is torn down once, and holds nobody up', async () => {
    const link = new TestLink('emit.data', 'bad.data', { delivery: 'lossless', capacityFrames: 2 });
    const other = new TestLink('emit.data', 'collect.data', { delivery: 'lossless', capacityFrames: 2 });
    await lane.must(
      lane.host('emit', 'Emit', { count: 50 }),
      lane.host('bad', 'Thrower', { in: 'process' }),
      link.attach(),
    );
    await lane.must(lane.host('collect', 'Collect'), other.attach(), ...activate('bad', 'collect', 'emit'));
    await lane.reaches('bad', 'failed');
    await lane.reaches('collect', 'stopped');
    await eventually(() => link.counts.queued === 0, 'the link of the failed processor is drained');
    assert.equal(lane.error('bad')?.code, 'PROCESS_FAILED');
    assert.equal(lane.error('bad')?.message, 'thrown in process');
    assert.equal(lane.published('torn_down').length, 1);
    assert.equal(other.counts.delivered, 50);
    assert.equal(link.counts.dropped.failed, 49);
    assert.equal(link.counts.produced, accountedFor(link.counts));
    assert.equal(lane.counts('bad').errors, 1);
    await lane.must(step('unhost', 'bad'));
    assert.equal(lane.published('torn_down').length, 1);
  });

  it('stops although teardown throws, and logs it', async () => {
    await lane.must(
      lane.host('bad', 'Thrower', { in: 'teardown' }),
      ...activate('bad'),
      step('drain', 'bad'),
    );
    await lane.reaches('bad', 'stopped');
    await eventually(() => lane.logged().some((line) => line.includes('thrown in teardown')), 'it is logged');
    assert.equal(lane.counts('bad').errors, 1);
  });

  it('fails when a synchronous type returns a promise', async () => {
    await lane.must(lane.host('promiser', 'Promiser'), ...activate('promiser'));
    await lane.reaches('promiser', 'failed');
    assert.match(lane.error('promiser')?.message ?? '', /Promiser returned a promise/);
  });

  it('queues by the profile while it is paused, counts those drops as paused, and goes on', async () => {
    const link = new TestLink('emit.data', 'collect.data', { capacityFrames: 8 });
    await lane.must(
      lane.host('emit', 'Emit', { count: 100 }),
      lane.host('collect', 'Collect', {}, true),
      link.attach(),
      ...activate('collect', 'emit'),
    );
    await lane.reaches('emit', 'stopped');
    assert.deepEqual(lane.states('collect'), ['starting', 'paused']);
    assert.equal(link.counts.queued, 8);
    assert.equal(link.counts.dropped.paused, 92);
    await lane.must(step('resume', 'collect'));
    await lane.reaches('collect', 'stopped');
    assert.equal(link.counts.delivered, 8);
    assert.deepEqual(lane.states('collect'), ['starting', 'paused', 'running', 'stopping', 'stopped']);
  });

  it('is not called between pause and resume', async () => {
    await lane.must(lane.host('emit', 'Emit'), ...activate('emit'), step('pause', 'emit'));
    const before = lane.counts('emit').framesOut;
    await lane.must(lane.host('other', 'Emit', { count: 20 }), ...activate('other'));
    await lane.reaches('other', 'stopped');
    assert.equal(lane.counts('emit').framesOut, before);
    await lane.must(step('resume', 'emit'));
    await eventually(() => lane.counts('emit').framesOut > before, 'it is called again');
  });

  it('ends its sink too when it is drained', async () => {
    const link = new TestLink('emit.data', 'collect.data', { delivery: 'lossless' });
    await lane.must(lane.host('emit', 'Emit'), lane.host('collect', 'Collect'), link.attach());
    await lane.must(...activate('collect', 'emit'));
    await eventually(() => link.counts.delivered > 10, 'frames flow');
    await lane.must(step('drain', 'emit'));
    await lane.reaches('collect', 'stopped');
    assert.equal(link.counts.delivered, link.counts.produced);
    assert.deepEqual(lane.states('emit'), ['starting', 'running', 'stopping', 'stopped']);
  });

  it('passes the end on from a failed processor whose input has ended', async () => {
    const first = new TestLink('emit.data', 'bad.data_in');
    const second = new TestLink('bad.data_out', 'collect.data');
    await lane.control(lane.host('bad', 'Nothing'));
    await lane.must(lane.host('emit', 'Emit', { count: 5 }), lane.host('collect', 'Collect'));
    await lane.must(first.attach(), second.attach(), ...activate('collect', 'bad', 'emit'));
    await lane.reaches('collect', 'stopped');
    assert.deepEqual(lane.states('bad'), ['starting', 'failed']);
  });

  it('keeps its links and their frames over a restart', async () => {
    const link = new TestLink('emit.data', 'collect.data', { delivery: 'lossless', capacityFrames: 4 });
    await lane.must(
      lane.host('emit', 'Emit', { count: 500 }),
      lane.host('collect', 'Collect'),
      link.attach(),
    );
    await lane.must(...activate('collect', 'emit'));
    await eventually(() => link.counts.delivered > 10, 'frames flow');
    const restart = { step: 'restart', processor: lane.processor('collect', 'Collect') } as const;
    const [result] = await lane.must(restart);
    assert.equal((result?.pauseUs ?? 0) > 0, true);
    await lane.reaches('collect', 'stopped');
    await eventually(() => lane.published('collected').length === 2, 'both instances tell what they saw');
    const seen = lane.published('collected').map(({ event }) => event.data ?? {});
    assert.equal(Number(seen[0]?.count) + Number(seen[1]?.count), 500);
    assert.equal(seen[1]?.first, Number(seen[0]?.last) + 1);
    assert.equal(link.counts.delivered, 500);
  });

  it('begins anew when it is hosted again after it ended, and its sink sees frames again', async () => {
    const link = new TestLink('emit.data', 'collect.data', { delivery: 'lossless' });
    await lane.must(lane.host('emit', 'Emit', { count: 5 }), lane.host('collect', 'Collect'), link.attach());
    await lane.must(...activate('collect', 'emit'));
    await lane.reaches('collect', 'stopped');
    await lane.must(lane.host('emit', 'Emit', { count: 7 }), lane.host('collect', 'Collect'));
    await lane.must(...activate('emit', 'collect'));
    await eventually(() => link.counts.delivered === 12, 'the second run is delivered as well');
    await lane.reaches('collect', 'stopped');
  });

  it('is torn down once, however it ends', async () => {
    const link = new TestLink('emit.data', 'collect.data', { delivery: 'lossless' });
    await lane.must(lane.host('emit', 'Emit', { count: 5 }), lane.host('collect', 'Collect'), link.attach());
    await lane.must(...activate('collect', 'emit'), step('drain', 'collect'));
    await lane.reaches('collect', 'stopped');
    await lane.must(step('drain', 'collect'), step('unhost', 'collect'));
    await eventually(() => lane.published('collected').length > 0, 'it was torn down');
    assert.equal(lane.published('collected').length, 1);
    assert.deepEqual(lane.states('collect').slice(-2), ['stopping', 'stopped']);
  });

  it('loses the links whose ports its new type has not', async () => {
    const link = new TestLink('emit.data', 'middle.data_in', { capacityFrames: 4 });
    await lane.must(lane.host('emit', 'Emit', { count: 4 }), lane.host('middle', 'Forward'), link.attach());
    await lane.must(...activate('emit'));
    await lane.reaches('emit', 'stopped');
    await lane.must(lane.host('middle', 'Collect'), ...activate('middle'));
    assert.equal(link.counts.dropped.rewired, 4);
    const [result] = await lane.must(link.detach());
    assert.equal(result?.framesDropped, 0);
  });

  for (const { label, applied } of [
    { label: 'fine', applied: true },
    { label: 'restart', applied: false },
  ]) {
    it(`tells whether it took a config live: ${applied}`, async () => {
      await lane.must(lane.host('forward', 'Forward'), ...activate('forward'));
      const processorId = lane.processor('forward', 'Forward').processorId;
      const [result] = await lane.must({ step: 'configure', processorId, config: { label } });
      assert.equal(result?.applied, applied);
    });
  }

  it('is called again only when its promise has settled, in order and without loss', async () => {
    const first = new TestLink('emit.data', 'echo.data_in', { delivery: 'lossless', capacityFrames: 2 });
    const second = new TestLink('echo.data_out', 'collect.data', { delivery: 'lossless', capacityFrames: 2 });
    await lane.must(lane.host('emit', 'Emit', { count: 30 }), lane.host('echo', 'AsyncEcho'));
    await lane.must(lane.host('collect', 'Collect'), first.attach(), second.attach());
    await lane.must(...activate('collect', 'echo', 'emit'));
    await lane.reaches('collect', 'stopped');
    await eventually(() => lane.published('collected').length === 1, 'the sink tells what it saw');
    const data = lane.published('collected')[0]?.event.data;
    assert.deepEqual(data, { count: 30, in_order: true, whole: true, first: 0, last: 29 });
    assert.equal(lane.published('torn_down').length, 1);
    assert.equal(lane.counts('echo').processTime.p50Us > 500, true);
  });

  it('hands on what waits for a full link although it has ended', async () => {
    const link = new TestLink('emit.data', 'collect.data', { delivery: 'lossless', capacityFrames: 2 });
    await lane.must(lane.host('emit', 'Emit', { count: 6, per_call: 6 }));
    await lane.must(lane.host('collect', 'Collect', {}, true), link.attach(), ...activate('collect', 'emit'));
    await lane.reaches('emit', 'stopping');
    await eventually(() => link.counts.queued === 2, 'the link is full');
    await lane.must(step('resume', 'collect'));
    await lane.reaches('emit', 'stopped');
    await lane.reaches('collect', 'stopped');
    assert.equal(link.counts.delivered, 6);
  });

  it('lets a process that waits for credit go on when it is removed', async () => {
    const first = new TestLink('emit.data', 'echo.data_in', { delivery: 'lossless', capacityFrames: 2 });
    const second = new TestLink('echo.data_out', 'collect.data', { delivery: 'lossless', capacityFrames: 1 });
    await lane.must(lane.host('emit', 'Emit'), lane.host('echo', 'AsyncEcho'));
    await lane.must(lane.host('collect', 'Collect', {}, true), first.attach(), second.attach());
    await lane.must(...activate('collect', 'echo', 'emit'));
    await eventually(
      () => second.counts.queued === 1 && lane.counts('echo').framesIn === 1,
      'the echo is held back',
    );
    await lane.must(step('unhost', 'echo'));
    assert.equal(lane.published('torn_down').length, 1);
    assert.equal(first.counts.produced, accountedFor(first.counts));
    assert.equal(second.counts.produced, accountedFor(second.counts));
  });

  it('counts what detaching drops under the given reason', async () => {
    const link = new TestLink('emit.data', 'collect.data', { capacityFrames: 8 });
    await lane.must(lane.host('emit', 'Emit', { count: 20 }), lane.host('collect', 'Collect', {}, true));
    await lane.must(link.attach(), ...activate('collect', 'emit'));
    await lane.reaches('emit', 'stopped');
    const [result] = await lane.must(link.detach('both', 'rewired'));
    assert.equal(result?.framesDropped, 8);
    assert.equal(link.counts.dropped.rewired, 8);
    assert.equal(link.counts.queued, 0);
    assert.equal(link.counts.produced, accountedFor(link.counts));
  });

  it('takes a smaller capacity live and keeps the newest frames', async () => {
    const link = new TestLink('emit.data', 'collect.data', { capacityFrames: 8 });
    await lane.must(lane.host('emit', 'Emit', { count: 8 }), lane.host('collect', 'Collect', {}, true));
    await lane.must(link.attach(), ...activate('collect', 'emit'));
    await lane.reaches('emit', 'stopped');
    link.change('every', 3);
    const [result] = await lane.must(link.update());
    assert.equal(result?.framesDropped, 5);
    await lane.must(step('resume', 'collect'));
    await lane.reaches('collect', 'stopped');
    await eventually(() => lane.published('collected').length === 1, 'the sink tells what it saw');
    assert.deepEqual(lane.published('collected')[0]?.event.data?.first, 5);
  });

  for (const { name, steps, code } of [
    {
      name: 'a processor that is not there',
      steps: () => [step('pause', 'nobody')],
      code: 'PROCESSOR_NOT_FOUND',
    },
    {
      name: 'a link to a port that does not exist',
      steps: () => [lane.host('emit', 'Emit'), new TestLink('emit.nothing', 'emit.data').attach()],
      code: 'PORT_UNKNOWN',
    },
    {
      name: 'a change of a link that is not there',
      steps: () => [new TestLink('emit.data', 'collect.data').update()],
      code: 'LINK_NOT_FOUND',
    },
  ]) {
    it(`refuses a step about ${name}`, async () => {
      const results = await lane.control(...steps());
      assert.equal(results.at(-1)?.error?.code, code);
    });
  }
});
