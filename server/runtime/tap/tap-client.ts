import { StreamlibError } from '../errors.ts';
import { LinkTap } from './link-tap.ts';
import type { TapNews, TapWish } from './messages.ts';
import { type TapOptions, tapLimitsOf } from './tap-options.ts';

/** Bounded views of links, for observers. */
export interface LinkTaps {
  /**
   * Opens a tap. It shows what is written to the link from then on, wherever its ends move, and holds nothing back.
   * Rejects with LINK_NOT_FOUND, FIELD_INVALID, or QUOTA when 64 are open in the runtime. Close it when it is not
   * needed; one that a processor opened ends with it.
   */
  open(linkId: string, options?: TapOptions): Promise<LinkTap>;
}

interface OpenTap {
  readonly holder: string;
  readonly tap: LinkTap;
  readonly opened: PromiseWithResolvers<LinkTap>;
}

/** The taps that a thread's code has opened. */
export class TapClient {
  readonly #send: (tapId: number, wish: TapWish) => void;
  readonly #taps = new Map<number, OpenTap>();
  #lastId = 0;

  constructor(send: (tapId: number, wish: TapWish) => void) {
    this.#send = send;
  }

  /** The taps of one processor, or of whoever else is to end them together. */
  tapsOf(holder: string): LinkTaps {
    return { open: (linkId, options) => this.#open(holder, linkId, options) };
  }

  receive(tapId: number, news: TapNews): void {
    const open = this.#taps.get(tapId);
    if (open === undefined) return;
    switch (news.news) {
      case 'opened':
        open.tap.frameType = news.frameType;
        open.opened.resolve(open.tap);
        return;
      case 'refused':
        this.#taps.delete(tapId);
        open.opened.reject(StreamlibError.fromPlain(news.error));
        return;
      case 'frames':
        open.tap.receive(news.frames);
        return;
      case 'ended':
        this.#taps.delete(tapId);
        open.tap.end(news.reason);
    }
  }

  /** Ends every tap of a holder. */
  endAll(holder: string): void {
    for (const open of this.#taps.values()) if (open.holder === holder) open.tap.end('closed');
  }

  async #open(holder: string, linkId: string, options: TapOptions = {}): Promise<LinkTap> {
    const limits = tapLimitsOf(options);
    const tapId = ++this.#lastId;
    const opened = Promise.withResolvers<LinkTap>();
    const tap = new LinkTap({
      onTaken: (bytes) => this.#send(tapId, { wish: 'more', frames: 1, bytes }),
      onEnd: () => {
        if (!this.#taps.delete(tapId)) return;
        this.#send(tapId, { wish: 'close' });
        opened.reject(new StreamlibError('CANCELLED', 'the tap was closed before it was open'));
      },
    });
    this.#taps.set(tapId, { holder, tap, opened });
    this.#send(tapId, { wish: 'open', linkId, ...limits });
    return await opened.promise;
  }
}
