import type { MarketTick } from '../market/market-tick.ts';

/**
 * Where ticks come from: a file, a generator, or an exchange. A processor type with a `FeedPlayer` makes a source of it.
 * Everything is called on one thread, and no call before the one before it has settled.
 *
 * An adapter of a live exchange connects in `open`, collects what arrives, with a bound, and hands over what there is in
 * `read`. It connects again by itself; what it missed shows as gaps. What it cannot recover from it throws from `read`,
 * and the supervision of its processor sees to the rest.
 */
export interface MarketFeed {
  /** Acquires what it needs. Throws SETUP_FAILED, naming the field of the config at fault. */
  open(): Promise<void>;
  /**
   * What has come since the last call, in order of its arrival: maybe nothing, and undefined once nothing will come any
   * more. A recording gives a piece of itself, so that memory is bounded. A live feed does not wait here. Ticks must
   * not change afterwards. Throws PROCESS_FAILED, after everything that came before the fault was handed over.
   */
  read(): Promise<readonly MarketTick[] | undefined>;
  /** Lets go of everything; also called where `open` threw. */
  close(): Promise<void>;
}
