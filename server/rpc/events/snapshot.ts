import type { MessageInitShape } from '@bufbuild/protobuf';
import type { SnapshotSchema } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import type { RuntimeOperations } from '../../runtime/index.ts';
import type { EventFilter } from './event-filter.ts';

const LARGEST_PAGE = 10_000;

/** One part of the state. */
export type SnapshotPart = NonNullable<MessageInitShape<typeof SnapshotSchema>['part']>;

/** The state that a subscriber asked for. */
export interface StateSnapshot {
  readonly parts: readonly SnapshotPart[];
  /** Whoever reads on after this sequence misses no change of the state. */
  readonly asOfSequence: number;
}

/**
 * Reads the runtime, its processors and its links, as far as the filter wants them. The reads are sent together;
 * where a change comes between them it shows in a later one and again as an event, and is never missed.
 */
export async function readSnapshot(runtime: RuntimeOperations, filter: EventFilter): Promise<StateSnapshot> {
  const [state, processors, links] = await Promise.all([
    runtime.execute({ case: 'getState', value: {} }),
    allPages(async (pageToken) => {
      const value = { pageSize: LARGEST_PAGE, pageToken };
      const page = await runtime.execute({ case: 'listProcessors', value });
      return { ...page, items: page.processors };
    }),
    allPages(async (pageToken) => {
      const value = { pageSize: LARGEST_PAGE, pageToken };
      const page = await runtime.execute({ case: 'listLinks', value });
      return { ...page, items: page.links };
    }),
  ]);
  const parts: SnapshotPart[] = [];
  if (filter.wantsRuntime()) parts.push({ case: 'runtime', value: state });
  for (const processor of processors.items) {
    if (filter.wantsProcessor(processor.processorId)) parts.push({ case: 'processor', value: processor });
  }
  for (const link of links.items) if (filter.wantsLink(link)) parts.push({ case: 'link', value: link });
  const sequences = [Number(state.asOfSequence), processors.asOfSequence, links.asOfSequence];
  return { parts, asOfSequence: Math.min(...sequences) };
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextPageToken: string;
  readonly asOfSequence: bigint;
}

async function allPages<Item>(
  read: (pageToken: string) => Promise<Page<Item>>,
): Promise<{ items: Item[]; asOfSequence: number }> {
  const items: Item[] = [];
  let asOfSequence = Number.POSITIVE_INFINITY;
  for (let pageToken = ''; ; ) {
    const page = await read(pageToken);
    items.push(...page.items);
    asOfSequence = Math.min(asOfSequence, Number(page.asOfSequence));
    pageToken = page.nextPageToken;
    if (pageToken === '') return { items, asOfSequence };
  }
}
