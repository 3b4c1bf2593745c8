import type { JsonObject } from '../../server/runtime/json.ts';
import type { StreamRuntime } from '../../server/runtime/stream-runtime.ts';
import { BENCH_TOPIC } from './ask-processor.ts';

/** The name of the custom event by which a processor of bench/ tells, when it is torn down, what it saw. */
export const REPORT = 'report';

/** What processors reported so far. */
export interface Reports extends Disposable {
  /** Everything that one processor reported, one entry for each time that it was torn down. */
  readonly all: readonly { readonly processorId: string; readonly data: JsonObject }[];
  /** Resolves with the last report of each of the processors when all of them have reported. */
  of(processorIds: readonly string[]): Promise<ReadonlyMap<string, JsonObject>>;
}

/** Collects the reports of processors until it is disposed of. */
export function collectReports(runtime: StreamRuntime): Reports {
  const all: { processorId: string; data: JsonObject }[] = [];
  const byProcessor = new Map<string, JsonObject>();
  let onReport = () => {};
  const listener = runtime.events.subscribe(BENCH_TOPIC, ({ payload }) => {
    if (payload.case !== 'custom' || payload.value.name !== REPORT) return;
    const { processorId, data = {} } = payload.value;
    all.push({ processorId, data });
    byProcessor.set(processorId, data);
    onReport();
  });
  return {
    all,
    of: (processorIds) =>
      new Promise((resolve) => {
        onReport = () => {
          if (processorIds.every((id) => byProcessor.has(id))) resolve(byProcessor);
        };
        onReport();
      }),
    [Symbol.dispose]: () => listener[Symbol.dispose](),
  };
}
