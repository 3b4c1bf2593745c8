import { CallPace } from '../../recordings/call-pace.ts';
import { Replay } from '../../recordings/replay.ts';
import type { FrameOf, ShapeOf } from '../../runtime/frame/frame-type.ts';
import type { MarketData } from '../../runtime/frame/market-data.ts';
import type { ProcessorOutput, RuntimeContext } from '../../runtime/processor.ts';
import { type MarketTick, writeTick } from '../market/market-tick.ts';
import { TickMonitor, type TickVerdict } from '../market/tick-monitor.ts';
import { feedReport } from './feed-report.ts';
import type { MarketFeed } from './market-feed.ts';

/** How a feed plays; as `FEED_OPTIONS` and the options of its pace have it. */
export interface FeedConfig {
  readonly pace: 'fast' | 'timestamps';
  readonly speed: number;
  readonly gap_after_ms: number;
  readonly irregular_ticks: 'drop' | 'pass';
}

/** The output of a feed. */
export type MarketOutput = Pick<
  ProcessorOutput<FrameOf<typeof MarketData>, ShapeOf<typeof MarketData>>,
  'links' | 'credit' | 'acquire' | 'write'
>;

/** What a player needs of the context of its processor. */
export type FeedContext = Pick<RuntimeContext, 'id' | 'clock' | 'events' | 'log' | 'setIntervalUs' | 'end'>;

/** The most ticks of one `process` call, so that a fast feed leaves its lane to others in between. */
const TICKS_PER_CALL = 256;
/** How often a feed reports what it counted while there is something new. */
const REPORT_EVERY_US = 1_000_000;

/**
 * Plays a feed into an output: paces it, watches it, counts what is wrong with it and reports that. Reports are events
 * called `FeedReport` on the topic `feed:{processor id}`, at most one per second and one at the end; the first
 * irregularity of each kind is logged as a warning.
 */
export class FeedPlayer {
  readonly #feed: MarketFeed;
  readonly #dropsIrregular: boolean;
  readonly #monitor: TickMonitor;
  readonly #replay: Replay;
  readonly #isFast: boolean;
  readonly #callPace = new CallPace();
  readonly #warned = new Set<TickVerdict>();
  readonly #changed = new Set<string>();
  #batch: readonly MarketTick[] = [];
  #at = 0;
  #ended = false;
  #reportDueUs = 0;
  #taken = 0;
  /** Ticks that were taken by instances before this one. */
  #toPass = 0;

  constructor(feed: MarketFeed, config: FeedConfig, { clock }: Pick<FeedContext, 'clock'>) {
    const { pace, speed, gap_after_ms, irregular_ticks } = config;
    this.#feed = feed;
    this.#dropsIrregular = irregular_ticks === 'drop';
    this.#monitor = new TickMonitor(gap_after_ms);
    this.#isFast = pace === 'fast';
    this.#replay = new Replay(clock, { pace, speed, rateHz: 1 });
  }

  /** Ticks that were taken from the feed in all, by this instance and those before it. */
  get taken(): number {
    return this.#taken;
  }

  /** How many of those that the last `read` of the feed gave were taken. */
  get takenOfRead(): number {
    return this.#at;
  }

  /** Passes over what instances before this one have taken. Call it before the first `play`. */
  passOver(ticks: number): void {
    this.#taken = ticks;
    this.#toPass = ticks;
  }

  /** Sends what is due, as long as the output takes it. Ends the processor where the feed has ended. */
  async play(output: MarketOutput, ctx: FeedContext): Promise<void> {
    this.#callPace.set(this.#isFast && output.links > 0, ctx);
    try {
      await this.#sendDue(output, ctx);
    } catch (error) {
      this.#report(ctx, true);
      throw error;
    }
    this.#report(ctx, this.#ended);
    if (this.#ended) ctx.end();
  }

  async #sendDue(output: MarketOutput, ctx: FeedContext): Promise<void> {
    for (let count = 0; count < TICKS_PER_CALL && output.links > 0 && output.credit > 0; count++) {
      if (this.#at >= this.#batch.length && !(await this.#readBatch())) break;
      const tick = this.#batch[this.#at] as MarketTick;
      // What is no time is never due, and for the monitor to find.
      if (Number.isFinite(tick.timestampMs) && !this.#replay.isDue({ timestampUs: tick.timestampMs * 1000 }))
        return;
      this.#at++;
      this.#taken++;
      this.#send(tick, output, ctx);
    }
  }

  /** Whether there is a further tick now. */
  async #readBatch(): Promise<boolean> {
    do {
      const batch = this.#ended ? undefined : await this.#feed.read();
      this.#ended = batch === undefined;
      this.#batch = batch ?? [];
      this.#at = Math.min(this.#toPass, this.#batch.length);
      this.#toPass -= this.#at;
      // What is passed over has no end of its own: the next piece is wanted at once.
    } while (!this.#ended && this.#batch.length > 0 && this.#at === this.#batch.length);
    return this.#at < this.#batch.length;
  }

  #send(tick: MarketTick, output: MarketOutput, ctx: FeedContext): void {
    const verdict = this.#monitor.judge(tick);
    this.#changed.add(tick.symbol);
    if (verdict !== 'regular') this.#warn(verdict, tick, ctx);
    if (this.#dropsIrregular && verdict !== 'regular' && verdict !== 'gap') return;
    const frame = output.acquire(tick);
    writeTick(frame, tick);
    output.write(frame);
  }

  #warn(verdict: TickVerdict, { symbol, timestampMs, price }: MarketTick, { log }: FeedContext): void {
    if (this.#warned.has(verdict)) return;
    this.#warned.add(verdict);
    const fields = { symbol, timestamp_ms: timestampMs, price: Number.isFinite(price) ? price : null };
    log.warn(`the feed has an irregular tick: ${verdict}; further ones are counted`, fields);
  }

  #report({ id, clock, events }: FeedContext, isLast: boolean): void {
    if (this.#changed.size === 0) return;
    const nowUs = clock.nowUs();
    if (!isLast && nowUs < this.#reportDueUs) return;
    this.#reportDueUs = nowUs + REPORT_EVERY_US;
    const data = feedReport(this.#monitor, this.#changed);
    this.#changed.clear();
    events.publish(`feed:${id}`, { name: 'FeedReport', data });
  }

  async close(): Promise<void> {
    await this.#feed.close();
  }
}
