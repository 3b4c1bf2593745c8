import { setImmediate as nextTurn } from 'node:timers/promises';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { StoredSnapshotSchema } from '../../../gen/ts/streamlib/v1/journal_pb.ts';
import { allLinks, allProcessors, type Graph } from '../graph/index.ts';
import { storedLink, storedProcessor } from './stored-specs.ts';

/** How many parts are encoded before the loop has its turn: about a millisecond. */
const PARTS_PER_TURN = 200;

type SnapshotInit = MessageInitShape<typeof StoredSnapshotSchema>;

/**
 * Encodes a graph and what else is in a snapshot, in slices between turns of the event loop: a graph of 10,000
 * processors would else hold up every command for as long as that takes. Fields of a message that are encoded one after
 * the other are one message.
 */
export async function encodeSnapshot(graph: Graph, rest: SnapshotInit): Promise<Uint8Array> {
  const ownerRevisions = Object.fromEntries(
    [...graph.ownerRevisions.entries()].map(([owner, revision]) => [owner, BigInt(revision)]),
  );
  const head = { ...rest, revision: BigInt(graph.revision), ownerRevisions };
  const slices = [encode(head as SnapshotInit)];
  for (const processors of slicesOf(allProcessors(graph))) {
    slices.push(encode({ processors: processors.map(storedProcessor) }));
    await nextTurn();
  }
  for (const links of slicesOf(allLinks(graph))) {
    slices.push(encode({ links: links.map(storedLink) }));
    await nextTurn();
  }
  return Buffer.concat(slices);
}

const encode = (init: SnapshotInit): Uint8Array =>
  toBinary(StoredSnapshotSchema, create(StoredSnapshotSchema, init));

function* slicesOf<Part>(parts: Iterable<Part>): Generator<Part[]> {
  let slice: Part[] = [];
  for (const part of parts) {
    if (slice.push(part) < PARTS_PER_TURN) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0) yield slice;
}
