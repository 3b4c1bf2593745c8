import assert from 'node:assert/strict';
import type { Link } from '../../gen/ts/streamlib/v1/link_pb.ts';

/** What a link dropped, for whatever reason. */
export function droppedOf({ counters }: Link): number {
  const { $typeName: _, ...reasons } = counters?.dropped ?? { $typeName: '' };
  return Object.values(reasons as Record<string, bigint>).reduce((sum, count) => sum + Number(count), 0);
}

/** Asserts `produced = delivered + dropped + queued` of a link at rest. */
export function assertAddsUp(link: Link): void {
  const { produced = 0n, delivered = 0n, queued = 0n, inFlight = 0n } = link.counters ?? {};
  assert.equal(inFlight, 0n, `${link.linkId} is at rest`);
  const dropped = droppedOf(link);
  const sum = Number(delivered) + dropped + Number(queued);
  const text = `${link.linkId}: produced ${produced} = delivered ${delivered} + dropped ${dropped} + queued ${queued}`;
  assert.equal(Number(produced), sum, text);
}
