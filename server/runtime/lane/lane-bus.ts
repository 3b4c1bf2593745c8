import { mediaClock } from '../clock.ts';
import { EvenPace } from '../even-pace.ts';
import type {
  CustomEvent,
  EventBus,
  EventListener,
  ListenerReport,
  SubscribeOptions,
} from '../events/bus.ts';
import { checkedCustomEvent } from '../events/custom-event.ts';
import { matchesTopic } from '../events/topics.ts';
import type { ProcessorId } from '../ids.ts';
import type { Logger } from '../log.ts';
import type { Event, LanePublication } from './messages.ts';

const DEFAULT_QUEUE_LIMIT = 1024;
/** How many publications may wait here and on their way. */
const PUBLICATION_LIMIT = 8192;
/** What each processor may publish, so that none keeps the runtime's thread busy. */
const PUBLICATIONS_PER_SECOND = 20_000;
const BURST_SECONDS = 0.5;

type Callback = (event: Event, report: ListenerReport) => void;

interface Subscription {
  readonly processorId: ProcessorId;
  readonly pattern: string;
  readonly callback: Callback;
  readonly queueLimit: number;
  queue: Event[];
  missed: number;
  missedSinceCall: number;
}

/** What a lane's bus needs from its lane. */
export interface LaneBusOptions {
  readonly log: Logger;
  logOf(processorId: ProcessorId): Logger;
  readonly onPending: () => void;
  /** Runs code of a processor so that what it lets escape is attributed to it. */
  runAs(processorId: ProcessorId, code: () => void): void;
}

/**
 * The in-process bus as one lane sees it. What is published goes to the runtime's thread once per turn, and comes
 * back as events from there, whoever published it; so all listeners see one order.
 */
export class LaneBus {
  readonly #options: LaneBusOptions;
  readonly #subscriptions = new Set<Subscription>();
  // NB: a handle that its holder forgot ends its subscription, so the subscription must not hold the handle.
  readonly #forgotten = new FinalizationRegistry<Subscription>((subscription) => this.#end(subscription));
  #publications: LanePublication[] = [];
  #publicationsOnTheWay = 0;
  /** What processors published that was not taken since the last call of `takePublications`. */
  readonly #refused = new Map<ProcessorId, { count: number; readonly reason: string }>();
  #patternsChanged = false;
  #waiting = 0;
  #toAcknowledge = 0;

  constructor(options: LaneBusOptions) {
    this.#options = options;
  }

  /** The bus of one processor. */
  busOf(processorId: ProcessorId): EventBus {
    const pace = new EvenPace(PUBLICATIONS_PER_SECOND, BURST_SECONDS);
    return {
      publish: (topic, event) => this.#publish(topic, processorId, event, pace),
      subscribe: (topic, listener, options) => this.#subscribe(processorId, topic, listener, options),
    };
  }

  /** Ends every subscription of a processor. */
  endAll(processorId: ProcessorId): void {
    for (const subscription of this.#subscriptions) {
      if (subscription.processorId === processorId) this.#end(subscription);
    }
  }

  /** Queues events for the listeners they match. */
  receive(events: readonly Event[], missed: number): void {
    for (const subscription of this.#subscriptions) {
      if (missed > 0) miss(subscription, missed);
      for (const event of events)
        if (matchesTopic(subscription.pattern, event.topic)) this.#enqueue(subscription, event);
    }
    this.#toAcknowledge += events.length;
  }

  /** Whether events wait for their listeners. */
  get hasWaiting(): boolean {
    return this.#waiting > 0;
  }

  /** Calls listeners, each with at most `limit` of its events, so that none keeps the lane from its processors. */
  dispatch(limit: number): void {
    if (this.#waiting === 0) return;
    for (const subscription of this.#subscriptions) {
      for (const event of subscription.queue.splice(0, limit)) {
        this.#waiting--;
        this.#call(subscription, event);
      }
    }
  }

  /** How many events were handled since the last call, at the least: one that waits for two listeners counts twice. */
  takeAcknowledged(): number {
    const count = Math.max(0, this.#toAcknowledge - this.#waiting);
    this.#toAcknowledge -= count;
    return count;
  }

  /** What was published since the last call. */
  takePublications(): LanePublication[] {
    const publications = this.#publications;
    if (publications.length > 0) this.#publications = [];
    this.#publicationsOnTheWay += publications.length;
    for (const [processorId, { count, reason }] of this.#refused)
      this.#options.logOf(processorId).warn(`events were refused: ${reason}`, { count });
    this.#refused.clear();
    return publications;
  }

  /** So many publications have arrived, or never will. */
  publicationsTaken(count: number): void {
    this.#publicationsOnTheWay -= count;
  }

  /** The patterns that are listened to, if they changed since the last call. */
  takePatterns(): string[] | undefined {
    if (!this.#patternsChanged) return undefined;
    this.#patternsChanged = false;
    return [...new Set([...this.#subscriptions].map(({ pattern }) => pattern))];
  }

  #publish(topic: string, processorId: ProcessorId, event: CustomEvent, pace: EvenPace): boolean {
    const nowUs = mediaClock.nowUs();
    const waiting = this.#publications.length + this.#publicationsOnTheWay;
    if (waiting >= PUBLICATION_LIMIT)
      return this.#refuse(processorId, `at most ${PUBLICATION_LIMIT} of a lane may be on their way`);
    if (!pace.isDue(nowUs))
      return this.#refuse(processorId, `at most ${PUBLICATIONS_PER_SECOND} a second may be published`);
    try {
      this.#publications.push({ topic, processorId, event: checkedCustomEvent(topic, event) });
    } catch (error) {
      return this.#refuse(processorId, error instanceof Error ? error.message : String(error));
    }
    pace.advance(nowUs);
    if (this.#publications.length === 1) this.#options.onPending();
    return true;
  }

  #refuse(processorId: ProcessorId, reason: string): false {
    const refused = this.#refused.get(processorId);
    if (refused !== undefined) refused.count++;
    else {
      this.#refused.set(processorId, { count: 1, reason });
      this.#options.onPending();
    }
    return false;
  }

  #subscribe(
    processorId: ProcessorId,
    pattern: string,
    callback: Callback,
    { queueLimit = DEFAULT_QUEUE_LIMIT }: SubscribeOptions = {},
  ): EventListener {
    const subscription: Subscription = {
      processorId,
      pattern,
      callback,
      queueLimit,
      queue: [],
      missed: 0,
      missedSinceCall: 0,
    };
    this.#subscriptions.add(subscription);
    this.#changePatterns();
    const handle: EventListener = {
      get missed() {
        return subscription.missed;
      },
      [Symbol.dispose]: () => this.#end(subscription),
    };
    this.#forgotten.register(handle, subscription);
    return handle;
  }

  #end(subscription: Subscription): void {
    if (!this.#subscriptions.delete(subscription)) return;
    this.#waiting -= subscription.queue.length;
    subscription.queue = [];
    this.#changePatterns();
  }

  #changePatterns(): void {
    this.#patternsChanged = true;
    this.#options.onPending();
  }

  #enqueue(subscription: Subscription, event: Event): void {
    if (subscription.queue.length >= subscription.queueLimit) miss(subscription, 1);
    else {
      subscription.queue.push(event);
      this.#waiting++;
    }
  }

  #call(subscription: Subscription, event: Event): void {
    if (!this.#subscriptions.has(subscription)) return;
    const { processorId, callback, missedSinceCall } = subscription;
    subscription.missedSinceCall = 0;
    try {
      this.#options.runAs(processorId, () => callback(event, { missed: missedSinceCall }));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#options.log.error(`an event listener of ${processorId} threw: ${message}`, {
        topic: event.topic,
      });
    }
  }
}

function miss(subscription: Subscription, count: number): void {
  subscription.missed += count;
  subscription.missedSinceCall += count;
}
