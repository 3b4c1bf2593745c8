import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Client } from '@connectrpc/connect';
import type {
  TapEnding,
  TapLinkRequestSchema,
  TappedFrame,
  TapService,
} from '../../../gen/ts/streamlib/v1/tap_pb.ts';
import type { StreamOptions } from './events.ts';
import { type Followed, follow, interruptionText } from './follow.ts';
import type { StreamlibError } from './streamlib-error.ts';

/** One thing that a tap shows. */
export type TapItem =
  /** It passed the link; its `skipped` says how many before it were not shown. */
  | { readonly kind: 'frame'; readonly frame: TappedFrame }
  /** The connection was lost and is there again: frames between were not shown, nobody knows how many. */
  | { readonly kind: 'interruption'; readonly cause: StreamlibError | undefined }
  /** The last: nothing is left to show, as `reason` says (`link_removed`, `count`). */
  | { readonly kind: 'ending'; readonly ending: TapEnding };

/** How often, how large and how many: the fields of a TapLinkRequest. */
export type TapLimits = Omit<
  MessageInitShape<typeof TapLinkRequestSchema>,
  'linkId' | '$typeName' | '$unknown'
>;

const SHUTDOWN = 'shutdown';

/**
 * Frames of a link as they pass, for one iteration. It never holds the link back. A connection that is lost is opened
 * again and shows what passes from then on. Ends, and throws, as EventStream does.
 */
export class TapStream implements AsyncIterable<TapItem>, AsyncDisposable, Followed<TapItem> {
  isDone = false;
  readonly #service: Client<typeof TapService>;
  readonly #linkId: string;
  readonly #limits: TapLimits;
  readonly #aborter = new AbortController();
  readonly #signal: AbortSignal;
  readonly #warn: (message: string) => void;
  #shown = 0n;
  #hasStarted = false;
  #cause: StreamlibError | undefined;

  constructor(
    service: Client<typeof TapService>,
    linkId: string,
    { signal, warn = () => {}, ...limits }: TapLimits & StreamOptions,
  ) {
    this.#service = service;
    this.#linkId = linkId;
    this.#limits = limits;
    const own = this.#aborter.signal;
    this.#signal = signal === undefined ? own : AbortSignal.any([signal, own]);
    this.#warn = warn;
  }

  [Symbol.asyncIterator](): AsyncIterator<TapItem> {
    return follow(this, this.#signal);
  }

  close(): void {
    this.#aborter.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  async *open(signal: AbortSignal): AsyncGenerator<TapItem> {
    const { count = 0n, ...limits } = this.#limits;
    const request = { ...limits, linkId: this.#linkId, count: count === 0n ? 0n : count - this.#shown };
    for await (const { message } of this.#service.tapLink(request, { signal })) {
      if (message.case === 'started') {
        if (this.#hasStarted) yield { kind: 'interruption', cause: this.#cause };
        this.#hasStarted = true;
      } else if (message.case === 'frame') {
        this.#shown++;
        this.isDone = this.#shown === count;
        yield { kind: 'frame', frame: message.value };
      } else if (message.case === 'ending' && message.value.reason !== SHUTDOWN) {
        this.isDone = true;
        yield { kind: 'ending', ending: message.value };
      }
    }
  }

  interrupted(cause: StreamlibError | undefined): void {
    this.#cause = cause;
    this.#warn(interruptionText(`the tap of ${this.#linkId}`, cause));
  }
}
