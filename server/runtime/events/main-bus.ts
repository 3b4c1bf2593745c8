import type { Event } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import type { Logger } from '../log.ts';
import type { CustomEvent, EventBus, EventListener, ListenerReport } from './bus.ts';
import { checkedCustomEvent } from './custom-event.ts';
import type { EventLog, EventSink } from './event-log.ts';
import { matchesTopic } from './topics.ts';

interface Subscription {
  readonly pattern: string;
  readonly listener: (event: Event, report: ListenerReport) => void;
}

const NOTHING_MISSED: ListenerReport = { missed: 0 };

/**
 * The in-process bus of the runtime's own thread. Listeners are called at the end of the turn in which something
 * happened, one event after the other; nothing waits for them elsewhere, so none is ever missed.
 */
export class MainBus implements EventBus, EventSink {
  readonly #log: EventLog;
  readonly #logger: Logger;
  readonly #subscriptions = new Set<Subscription>();
  /** A handle that nobody holds any more ends its subscription. */
  readonly #forgotten = new FinalizationRegistry<Subscription>((subscription) => this.#remove(subscription));

  constructor(log: EventLog, logger: Logger) {
    this.#log = log;
    this.#logger = logger;
  }

  publish(topic: string, event: CustomEvent): boolean {
    try {
      this.#log.emit({ case: 'custom', value: checkedCustomEvent(topic, event) }, { topic });
      return true;
    } catch (error) {
      this.#logger.warn(`an event was refused: ${error instanceof Error ? error.message : error}`);
      return false;
    }
  }

  subscribe(pattern: string, listener: Subscription['listener']): EventListener {
    const subscription = { pattern, listener };
    if (this.#subscriptions.size === 0) this.#log.add(this);
    this.#subscriptions.add(subscription);
    const handle: EventListener = {
      missed: 0,
      [Symbol.dispose]: () => {
        this.#forgotten.unregister(handle);
        this.#remove(subscription);
      },
    };
    this.#forgotten.register(handle, subscription, handle);
    return handle;
  }

  deliver(events: readonly Event[]): void {
    for (const event of events) {
      for (const { pattern, listener } of [...this.#subscriptions]) {
        if (!matchesTopic(pattern, event.topic)) continue;
        try {
          listener(event, NOTHING_MISSED);
        } catch (error) {
          this.#logger.error(
            `a listener of ${pattern} threw: ${error instanceof Error ? error.message : error}`,
          );
        }
      }
    }
  }

  #remove(subscription: Subscription): void {
    if (this.#subscriptions.delete(subscription) && this.#subscriptions.size === 0) this.#log.remove(this);
  }
}
