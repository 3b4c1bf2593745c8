import type { Event } from '../../../../gen/ts/streamlib/v1/event_pb.ts';
import type { StreamRuntime } from '../../../../server/runtime/stream-runtime.ts';

/** Every control event after a point that the journal has, over all pages. */
export async function listControlEvents(
  runtime: StreamRuntime,
  streamId: string,
  after = 0,
): Promise<Event[]> {
  const events: Event[] = [];
  for (let nextRecord = 0n; ; ) {
    const value = { streamId, afterSequence: BigInt(after), nextRecord };
    const page = await runtime.execute({ case: 'listControlEvents', value });
    events.push(...page.events);
    if (page.nextRecord === 0n) return events;
    ({ nextRecord } = page);
  }
}
