import assert from 'node:assert/strict';
import { StreamlibError } from '../../../server/runtime/errors.ts';
import { MarketData, type MarketDataView } from '../../../server/runtime/frame/market-data.ts';
import { parseProcessorId } from '../../../server/runtime/ids.ts';
import { type FeedConfig, FeedPlayer } from '../../../server/trading/feeds/feed-player.ts';
import type { MarketFeed } from '../../../server/trading/feeds/market-feed.ts';
import type { MarketTick } from '../../../server/trading/market/market-tick.ts';
import { ManualClock } from '../../support/processor-harness.ts';
import { createTestPool } from '../../support/test-pool.ts';

/** A feed as a live exchange is one: ticks arrive when they like, and it may break. */
class ArrivingFeed implements MarketFeed {
  readonly #arrived: MarketTick[] = [];
  #end: 'none' | 'closed' | StreamlibError = 'none';

  arrive(...ticks: MarketTick[]): void {
    this.#arrived.push(...ticks);
  }

  end(how: 'closed' | StreamlibError): void {
    this.#end = how;
  }

  async open(): Promise<void> {}

  async read(): Promise<readonly MarketTick[] | undefined> {
    const ticks = this.#arrived.splice(0);
    if (ticks.length > 0 || this.#end === 'none') return ticks;
    if (this.#end === 'closed') return undefined;
    throw this.#end;
  }

  async close(): Promise<void> {}
}

const CONFIG: FeedConfig = { pace: 'fast', speed: 1, gap_after_ms: 0, irregular_ticks: 'drop' };
const tick = (timestampMs: number, price = 1): MarketTick => ({ symbol: 'A', timestampMs, price, size: 0 });

function start(config: Partial<FeedConfig> = {}) {
  const feed = new ArrivingFeed();
  const clock = new ManualClock();
  const player = new FeedPlayer(feed, { ...CONFIG, ...config }, { clock });
  const pool = createTestPool();
  const prices: number[] = [];
  const reports: number[] = [];
  let ends = 0;
  const output = {
    links: 1,
    credit: Number.POSITIVE_INFINITY,
    acquire: (shape: { readonly symbol: string }) => pool.acquire(MarketData, shape),
    write: (frame: MarketDataView) => {
      prices.push(frame.price);
      frame.release();
    },
  };
  const quiet = (): void => {};
  const ctx = {
    id: parseProcessorId('feed'),
    clock,
    log: { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet },
    events: {
      publish: () => reports.push(prices.length) > 0,
      subscribe: () => assert.fail('a feed listens to nothing'),
    },
    setIntervalUs: () => {},
    end: () => {
      ends++;
    },
  };
  const play = (): Promise<void> => player.play(output, ctx);
  return { feed, clock, play, prices, reports, ends: () => ends };
}

describe('FeedPlayer', () => {
  it('sends what has arrived and waits for more', async () => {
    const { feed, play, prices, ends } = start();
    await play();
    feed.arrive(tick(1, 10), tick(2, 11));
    await play();
    await play();
    feed.arrive(tick(3, 12));
    await play();
    assert.deepEqual(prices, [10, 11, 12]);
    assert.equal(ends(), 0);
  });

  it('ends with its feed, with a last report', async () => {
    const { feed, play, reports, ends } = start();
    feed.arrive(tick(1));
    await play();
    feed.arrive(tick(2));
    feed.end('closed');
    await play();
    assert.equal(ends(), 1);
    assert.deepEqual(reports, [1, 2]);
  });

  it('throws what the feed throws, behind what came before it, with a last report', async () => {
    const { feed, play, prices, reports } = start();
    feed.arrive(tick(1), tick(2));
    feed.end(new StreamlibError('PROCESS_FAILED', 'the exchange is gone'));
    await assert.rejects(play(), { code: 'PROCESS_FAILED', message: 'the exchange is gone' });
    assert.equal(prices.length, 2);
    assert.deepEqual(reports, [2]);
  });

  it('reports at most once a second, and only news', async () => {
    const { feed, clock, play, reports } = start();
    for (let i = 0; i < 25; i++) {
      feed.arrive(tick(i));
      await play();
      clock.advanceMs(100);
    }
    clock.advanceMs(5000);
    await play();
    await play();
    assert.deepEqual(reports, [1, 11, 21, 25]);
  });

  it('leaves out ticks with a price or time that is none, whatever its pace', async () => {
    const { feed, play, prices } = start({ pace: 'timestamps', speed: 1000 });
    feed.arrive(tick(1, 10), tick(Number.NaN, 11), tick(2, Number.NaN), tick(1.5, 12));
    await play();
    assert.deepEqual(prices, [10]);
  });
});
