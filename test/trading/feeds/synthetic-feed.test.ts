import assert from 'node:assert/strict';
import type { JsonObject } from '../../../server/runtime/json.ts';
import SyntheticFeed from '../../../server/trading/feeds/synthetic-feed.ts';
import { ManualClock, ProcessorHarness } from '../../support/processor-harness.ts';

const BASE = { symbols: ['SIM:A'], pace: 'fast', start_timestamp_ms: 1_700_000_000_000 };

describe('SyntheticFeed', () => {
  async function start(config: JsonObject, clock = new ManualClock()) {
    const feed = new ProcessorHarness(SyntheticFeed, { config: { ...BASE, ...config }, clock });
    await feed.setup();
    return feed;
  }

  async function ticks(config: JsonObject): Promise<JsonObject[]> {
    const feed = await start(config);
    await feed.processToEnd();
    return feed.takeJson('market') as JsonObject[];
  }

  it('makes the same market of the same seed, and another one of another', async () => {
    const [one, again, other] = await Promise.all(
      [1, 1, 2].map((seed) => ticks({ symbols: ['A', 'B'], ticks: 100, seed })),
    );
    assert.deepEqual(one, again);
    assert.notDeepEqual(one, other);
  });

  it('gives each symbol the same ticks, whoever else is there', async () => {
    const together = await ticks({ symbols: ['A', 'B'], ticks: 50 });
    const alone = await ticks({ symbols: ['B'], ticks: 50 });
    assert.deepEqual(
      together.filter(({ symbol }) => symbol === 'B'),
      alone,
    );
  });

  it('begins at the initial price and time and goes on in steps', async () => {
    const got = await ticks({ ticks: 3, interval_ms: 250, initial_price: 20, tick_size: 0.5 });
    assert.deepEqual(
      got.map(({ timestamp_ms }) => (timestamp_ms as number) - BASE.start_timestamp_ms),
      [0, 250, 500],
    );
    assert.equal(got[0]?.price, 20);
    for (const { price, size } of got) {
      assert.equal((price as number) % 0.5, 0);
      assert.ok((size as number) > 0);
    }
  });

  it('has the drift and the volatility of its options', async () => {
    const config = { ticks: 20_000, interval_ms: 86_400_000, annual_volatility: 0.4, annual_drift: 0.1 };
    const got = await ticks({ ...config, initial_price: 1e6, tick_size: 1e-6 });
    const returns = got
      .slice(1)
      .map(({ price }, i) => Math.log((price as number) / (got[i]?.price as number)));
    const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
    const variance = returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / returns.length;
    assert.ok(Math.abs(Math.sqrt(variance * 365) - 0.4) < 0.01);
    assert.ok(Math.abs(mean * 365 - (0.1 - 0.08)) < 0.12);
  });

  it('jumps as often as it is told', async () => {
    const config = { ticks: 3651, interval_ms: 86_400_000, annual_volatility: 0, jumps_per_year: 36.5 };
    const got = await ticks({ ...config, jump_volatility: 0.1, initial_price: 1e6, tick_size: 1e-3 });
    const jumps = got.slice(1).filter(({ price }, i) => price !== got[i]?.price).length;
    assert.ok(jumps > 280 && jumps < 420, `${jumps} jumps in ten years`);
  });

  it('makes quotes around the price', async () => {
    for (const { bid, price, ask } of await ticks({ ticks: 200, spread_bps: 10 })) {
      assert.ok((bid as number) <= (price as number) && (price as number) <= (ask as number));
      assert.ok((bid as number) < (ask as number));
    }
  });

  it('comes as its times say', async () => {
    const clock = new ManualClock();
    const feed = await start({ pace: 'timestamps', interval_ms: 10, speed: 2 }, clock);
    const counts: number[] = [];
    for (let step = 0; step < 4; step++) {
      await feed.process();
      counts.push(feed.output('market').frames.length);
      clock.advanceMs(10);
    }
    assert.deepEqual(counts, [1, 3, 5, 7]);
  });

  it('begins now where no time is given', async () => {
    const clock = new ManualClock();
    const feed = await start({ start_timestamp_ms: 0 }, clock);
    await feed.process();
    assert.equal((feed.takeJson('market')[0] as JsonObject).timestamp_ms, Math.floor(clock.utcUs() / 1000));
  });

  it('goes on with the same ticks after a restart', async () => {
    const config = { symbols: ['A', 'B', 'C'], ticks: 400, spread_bps: 5, jumps_per_year: 1e6 };
    const whole = await ticks(config);
    const before = await start(config);
    before.output('market').credit = 500;
    await before.process();
    await before.process();
    const first = before.takeJson('market');
    assert.equal(first.length, 500);
    const after = await start(config);
    after.restore(before.checkpoint(), { processorType: 'SyntheticFeed', typeVersion: 1 });
    await after.processToEnd();
    assert.deepEqual([...first, ...after.takeJson('market')], whole);
  });

  it('begins anew with the state of another market', async () => {
    const before = await start({ ticks: 10, seed: 1 });
    await before.process();
    const after = await start({ ticks: 10, seed: 2 });
    after.restore(before.checkpoint(), { processorType: 'SyntheticFeed', typeVersion: 1 });
    await after.processToEnd();
    assert.equal(after.takeJson('market').length, 10);
  });
});
