import type { PlainError } from '../errors.ts';
import type { ObservedFrame } from '../frame/frame-message.ts';
import type { LinkId } from '../ids.ts';
import type { TapLimits, TapOptions } from './tap-options.ts';

/*
 * How taps work across threads. Frames are copied where they are written, so that nothing in shared memory is held for
 * an observer.
 *
 *   observer            TapClient ── TapWish ──▶ TapHub ── all taps ──▶ LaneTaps of every lane
 *   (often the api lane)    ▲                  (runtime's    ▲               │ of the lane that writes the link:
 *                           └──── TapNews ────── thread)     └── frames ─────┘ OutputLink
 *
 * Whoever takes frames gives credit for as many more, all the way back; what finds no credit is not copied.
 */

/** A tap as lanes know it. */
export interface TapOrder extends TapLimits {
  /** Unique in the runtime. */
  readonly tapKey: number;
  readonly linkId: LinkId;
}

/** A frame that a lane copied. */
export interface CopiedFrame extends ObservedFrame {
  /** How many frames were written to the link before this one. */
  readonly place: number;
  /** When it was written, microseconds since the Unix epoch. */
  readonly utcUs: number;
}

/** A frame for one tap. */
export interface TappedFrame extends CopiedFrame {
  readonly tapKey: number;
}

/** What lanes are told: all taps that there are now, or that the observer of one has taken frames. */
export type TapsMessage =
  | { readonly kind: 'taps'; readonly taps: readonly TapOrder[] }
  | {
      readonly kind: 'tap_credit';
      readonly tapKey: number;
      readonly frames: number;
      readonly bytes: number;
    };

/** What an observer asks of the hub. It names its taps itself. */
export type TapWish =
  | ({ readonly wish: 'open'; readonly linkId: string } & TapOptions)
  | { readonly wish: 'more'; readonly frames: number; readonly bytes: number }
  | { readonly wish: 'close' };

/** Why a tap ends that its observer did not close. */
export type TapEndReason = 'link_removed' | 'shutdown';

/** What an observer is told. */
export type TapNews =
  | { readonly news: 'opened'; readonly frameType: string }
  | { readonly news: 'refused'; readonly error: PlainError }
  | { readonly news: 'frames'; readonly frames: readonly CopiedFrame[] }
  | { readonly news: 'ended'; readonly reason: TapEndReason };
