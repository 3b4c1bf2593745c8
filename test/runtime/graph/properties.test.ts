import assert from 'node:assert/strict';
import fc from 'fast-check';
import { StreamlibError } from '../../../server/runtime/errors.ts';
import { buildGraph, diff, emptyGraph, type Graph, validate } from '../../../server/runtime/graph/index.ts';
import { parseOwner, USER } from '../../../server/runtime/ids.ts';
import { type Batch, batches } from './support/arbitrary-edits.ts';
import { contentOf, edit, plain } from './support/edits.ts';
import { graphTypes } from './support/graph-types.ts';
import { NaiveGraph } from './support/naive-graph.ts';

const OWNERS = [USER, parseOwner('pipelines/p')];

function attempt(graph: Graph, { edits, owner }: Batch) {
  try {
    return edit(graph, edits, owner);
  } catch (error) {
    if (error instanceof StreamlibError) return error;
    throw error;
  }
}

/** The graph after all batches that are accepted. */
const graphAfter = (list: readonly Batch[]): Graph =>
  list.reduce((graph, batch) => {
    const applied = attempt(graph, batch);
    return applied instanceof StreamlibError ? graph : applied.graph;
  }, emptyGraph());

const inOrder = <T>(map: ReadonlyMap<string, T>): T[] =>
  [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);

describe('any sequence of edits', () => {
  it('is accepted and refused as by a naive graph, and leads to the same parts', () => {
    let cycles = 0;
    let linksChanged = 0;
    fc.assert(
      fc.property(batches, (list) => {
        let graph = emptyGraph();
        let naive = new NaiveGraph();
        for (const batch of list) {
          const before = contentOf(graph);
          const copy = naive.copy();
          const isAllowed = batch.edits.every((one) => copy.apply(one, batch.owner));
          const applied = attempt(graph, batch);
          assert.equal(!(applied instanceof StreamlibError), isAllowed, JSON.stringify(batch));
          assert.deepEqual(contentOf(graph), before, 'the graph that was edited changed');
          if (!(applied instanceof StreamlibError))
            linksChanged += applied.changes.filter((change) => 'linkId' in change).length;
          else if (applied.code === 'CYCLE') cycles++;
          if (applied instanceof StreamlibError) continue;
          graph = applied.graph;
          naive = copy;
          const { processors, links } = contentOf(graph);
          const wanted = { processors: inOrder(naive.processors), links: inOrder(naive.links) };
          assert.deepEqual({ processors, links }, plain(wanted));
        }
      }),
      { numRuns: 300 },
    );
    assert.ok(cycles > 100, `only ${cycles} links would have closed a cycle`);
    assert.ok(linksChanged > 500, `only ${linksChanged} links came or went`);
  });

  it('keeps every invariant and counts one revision for each change', () => {
    fc.assert(
      fc.property(batches, (list) => {
        let graph = emptyGraph();
        for (const batch of list) {
          const applied = attempt(graph, batch);
          if (applied instanceof StreamlibError) continue;
          assert.deepEqual(validate(applied.graph, graphTypes), []);
          const isChanged = applied.changes.length > 0;
          assert.equal(applied.unchanged, !isChanged);
          assert.equal(applied.graph === graph, !isChanged);
          assert.equal(applied.graph.revision, graph.revision + (isChanged ? 1 : 0));
          for (const owner of OWNERS) {
            const last = applied.graph.ownerRevisions.get(owner) ?? 0;
            const isOwn = isChanged && batch.owner === owner;
            assert.ok(!isOwn || last === applied.graph.revision, 'the owner who edited has the new revision');
            assert.ok(last <= applied.graph.revision);
          }
          graph = applied.graph;
        }
      }),
    );
  });

  it('is undone and redone by differences', () => {
    let reached = 0;
    fc.assert(
      fc.property(batches, batches, (first, second) => {
        const from = graphAfter(first);
        // Once from the same history, whose graphs share structure, and once from an unrelated one.
        for (const to of [graphAfter([...first, ...second]), graphAfter(second)]) {
          for (const owner of OWNERS) {
            const target = withPartOf(from, to, owner);
            if (target === undefined) continue;
            const edits = diff(from, target, owner);
            const { graph } = edit(from, edits, owner);
            assert.deepEqual(partsOf(graph), partsOf(target));
            assert.deepEqual(diff(graph, target, owner), []);
            if (edits.some(({ kind }) => kind === 'connect')) reached++;
          }
        }
      }),
    );
    assert.ok(reached > 50, `only ${reached} targets had links to add`);
  });
});

function partsOf(graph: Graph) {
  const { processors, links } = contentOf(graph);
  return { processors, links };
}

/** `graph` with one owner's part as in `other`, or undefined where that part cannot be with the rest. */
function withPartOf(graph: Graph, other: Graph, owner: string): Graph | undefined {
  const parts = [graph, other].map(contentOf);
  const [ours, theirs] = parts as [ReturnType<typeof contentOf>, ReturnType<typeof contentOf>];
  const pick = <T extends { owner: string }>(a: readonly T[], b: readonly T[]): T[] => [
    ...a.filter((part) => part.owner !== owner),
    ...b.filter((part) => part.owner === owner),
  ];
  const processors = pick(ours.processors, theirs.processors);
  const links = pick(ours.links, theirs.links);
  try {
    const target = buildGraph({ revision: 0, ownerRevisions: [], processors, links });
    return validate(target, graphTypes).length === 0 ? target : undefined;
  } catch (error) {
    if (error instanceof StreamlibError) return undefined;
    throw error;
  }
}
