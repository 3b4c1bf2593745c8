import type { Event } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import type { EventBus, RuntimeOperations } from '../../runtime/index.ts';
import { EventWindow } from './event-window.ts';

/** What the window is filled from and bounded by. */
export interface OpenWindowOptions {
  readonly runtime: RuntimeOperations;
  readonly bus: EventBus;
  readonly capacity: number;
  readonly maxBytes: number;
}

/** A window that a subscription of the bus fills until it is disposed. */
export interface OpenWindow extends Disposable {
  readonly window: EventWindow;
  readonly version: string;
}

/** Opens the window: what is published from now on is in it, or shows as a gap. */
export async function openEventWindow(options: OpenWindowOptions): Promise<OpenWindow> {
  const { runtime, bus, capacity, maxBytes } = options;
  // The subscription comes first, so that no event falls between it and the state.
  const early: Event[] = [];
  let take = (event: Event): void => {
    early.push(event);
  };
  const listener = bus.subscribe('*', (event) => take(event), { queueLimit: capacity });
  const { streamId, asOfSequence, version } = await runtime.execute({ case: 'getState', value: {} });
  const firstSequence = early[0] === undefined ? Number.POSITIVE_INFINITY : Number(early[0].sequence);
  const lastSequence = Math.min(Number(asOfSequence), firstSequence - 1);
  const window = new EventWindow({ streamId, lastSequence, capacity, maxBytes });
  for (const event of early) window.append(event);
  take = (event) => window.append(event);
  return { window, version, [Symbol.dispose]: () => listener[Symbol.dispose]() };
}
