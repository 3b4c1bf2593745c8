import type { Client } from '@connectrpc/connect';
import type {
  Event,
  EventService,
  Gap,
  Snapshot,
  SnapshotEnd,
  SubscribeResponse,
} from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { type Followed, follow, interruptionText } from './follow.ts';
import { ResumePoint, type SubscribeInit } from './resume-point.ts';
import type { StreamlibError } from './streamlib-error.ts';

/** One thing that a subscription tells. */
export type EventItem =
  | { readonly kind: 'event'; readonly event: Event }
  /**
   * Events are missing: the subscriber was overtaken, or the server restarted and knows of what happened before that
   * the control events only, which were told.
   */
  | { readonly kind: 'gap'; readonly gap: Gap }
  /** A part of the state; asked for by `snapshot`. */
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot }
  /** The state is complete: what follows changes it. */
  | { readonly kind: 'snapshot_end'; readonly snapshotEnd: SnapshotEnd };

/** Which events, and from where: the fields of a SubscribeRequest. `after` is a cursor; `afterSequence: 0n` the oldest. */
export type EventFilter = SubscribeInit;

/** How a stream of the client is ended from outside, and whom it tells of interruptions. */
export interface StreamOptions {
  readonly signal?: AbortSignal;
  /** Told each time that the connection is lost. Default: the client's. */
  readonly warn?: (message: string) => void;
}

/**
 * The events of a server, for one iteration. A connection that is lost, or that the server ends, is opened again and
 * resumed: no event is lost or repeated, also over a restart of the server, except those that a gap stands for. Leaving
 * the loop, `close`, `await using` and the signal end it without an error. It throws a StreamlibError where the server
 * refuses the request or cannot resume (RESUME_POINT_LOST), and while the server cannot be reached it goes on trying, with a warning for each attempt.
 */
export class EventStream implements AsyncIterable<EventItem>, AsyncDisposable, Followed<EventItem> {
  readonly isDone = false;
  readonly #service: Client<typeof EventService>;
  readonly #point: ResumePoint;
  readonly #aborter = new AbortController();
  readonly #signal: AbortSignal;
  readonly #warn: (message: string) => void;

  constructor(
    service: Client<typeof EventService>,
    filter: EventFilter,
    { signal, warn = () => {} }: StreamOptions = {},
  ) {
    this.#service = service;
    this.#point = new ResumePoint(filter);
    const own = this.#aborter.signal;
    this.#signal = signal === undefined ? own : AbortSignal.any([signal, own]);
    this.#warn = warn;
  }

  /** Behind the last event that was handed over; keep it to go on there with `after`. Empty before the stream has begun. */
  get cursor(): string {
    return this.#point.cursor;
  }

  [Symbol.asyncIterator](): AsyncIterator<EventItem> {
    return follow(this, this.#signal);
  }

  close(): void {
    this.#aborter.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  async *open(signal: AbortSignal): AsyncGenerator<EventItem> {
    for await (const response of this.#service.subscribe(this.#point.request, { signal }))
      yield* this.#take(response);
  }

  interrupted(cause: StreamlibError | undefined): void {
    this.#warn(interruptionText('events', cause));
  }

  *#take({ message }: SubscribeResponse): Generator<EventItem> {
    const point = this.#point;
    switch (message.case) {
      case 'started':
        point.started(message.value);
        return;
      case 'batch':
        for (const event of message.value.events) {
          point.handedOver(event);
          yield { kind: 'event', event };
        }
        return;
      case 'heartbeat':
        point.heartbeat(message.value);
        return;
      case 'gap':
        point.missed(message.value);
        yield { kind: 'gap', gap: message.value };
        return;
      case 'snapshot':
        yield { kind: 'snapshot', snapshot: message.value };
        return;
      case 'snapshotEnd':
        point.snapshotEnded(message.value);
        yield { kind: 'snapshot_end', snapshotEnd: message.value };
    }
  }
}
