import type { SubscribeRequest } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { BatchMemory } from './batch-memory.ts';
import { createEventFilter, tickPolicyOf } from './event-filter.ts';
import type { EventWindow } from './event-window.ts';
import { FilterView } from './filter-view.ts';

/** The views of a window, one for each distinct filter that somebody subscribes with just now. */
export class FilterViews {
  readonly #window: EventWindow;
  readonly #memory = new BatchMemory();
  readonly #views = new Map<string, { readonly view: FilterView; users: number }>();

  constructor(window: EventWindow) {
    this.#window = window;
  }

  /** How many distinct filters there are. */
  get size(): number {
    return this.#views.size;
  }

  /** The view of the request's filter. Dispose of it when done. Throws FIELD_INVALID as `createEventFilter` does. */
  open(request: SubscribeRequest): { readonly view: FilterView } & Disposable {
    const key = filterKey(request);
    const shared = this.#views.get(key) ?? {
      view: new FilterView(this.#window, createEventFilter(request), this.#memory),
      users: 0,
    };
    this.#views.set(key, shared);
    shared.users++;
    return {
      view: shared.view,
      [Symbol.dispose]: () => {
        shared.users--;
        if (shared.users > 0) return;
        this.#views.delete(key);
        this.#memory.forgetAll(shared.view);
      },
    };
  }
}

/** The same for requests that want the same events, in whatever order they name them. */
function filterKey(request: SubscribeRequest): string {
  const { topics, types, processorId, linkId, runnerId, pipelineId, symbol } = request;
  const sets = [topics, types].map((names) => [...new Set(names)].sort());
  return JSON.stringify([...sets, processorId, linkId, runnerId, pipelineId, symbol, tickPolicyOf(request)]);
}
