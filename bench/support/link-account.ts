import assert from 'node:assert/strict';
import type { Link } from '../../gen/ts/streamlib/v1/link_pb.ts';

/** What a link dropped, by reason. */
export function dropsOf({ counters }: Link): Record<string, number> {
  const { $typeName: _, $unknown: __, ...reasons } = counters?.dropped ?? { $typeName: '' };
  return Object.fromEntries(
    Object.entries(reasons as Record<string, bigint>).map(([reason, count]) => [reason, Number(count)]),
  );
}

/** Asserts `produced = delivered + dropped + queued` of a link at rest. */
export function assertAddsUp(link: Link): void {
  const { produced = 0n, delivered = 0n, queued = 0n, inFlight = 0n } = link.counters ?? {};
  const dropped = Object.values(dropsOf(link)).reduce((sum, count) => sum + count, 0);
  const text = `${link.linkId}: produced ${produced} = delivered ${delivered} + dropped ${dropped} + queued ${queued}`;
  assert.equal(inFlight, 0n, `${link.linkId} is at rest`);
  assert.equal(Number(produced), Number(delivered) + dropped + Number(queued), text);
}

/** Asserts that exactly so many frames were written to the link and all of them were read. */
export function assertDelivered(link: Link, frames: number): void {
  const { produced, delivered, queued } = link.counters ?? {};
  assert.deepEqual(
    [produced, delivered, queued],
    [BigInt(frames), BigInt(frames), 0n],
    `produced, delivered and queued of ${link.linkId}`,
  );
  assertAddsUp(link);
}
