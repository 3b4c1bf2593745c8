import assert from 'node:assert/strict';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { allLinks, allProcessors, apply, type Graph, type GraphEdit } from '../server/runtime/graph/index.ts';
import { inputPort, outputPort, type ProcessorId, USER } from '../server/runtime/ids.ts';
import { ProcessorRegistry } from '../server/runtime/registry/index.ts';
import type { StreamRuntime } from '../server/runtime/stream-runtime.ts';
import { mediansOfRounds } from './support/alternating-rounds.ts';
import { BENCH_REGISTRIES, createBenchRuntime } from './support/bench-runtime.ts';
import type { Benchmark } from './support/benchmark.ts';
import {
  CHAIN_LENGTH,
  chainedGraph,
  chainedSpecs,
  gainLink,
  gainSpec,
  nodeId,
} from './support/chained-graph.ts';

const SMALL = 100;
const LARGE = 10_000;
const NEW = 'new' as ProcessorId;

/**
 * Adding a processor, connecting it and removing it again, in chains of ten: by turns it follows a processor in the
 * middle of things, and leads to the first of a chain, which has to be ranked anew.
 */
export const graphEdit: Benchmark = {
  name: 'graph-edit',
  measures: `add, connect and remove in a graph of ${LARGE} processors against ${SMALL}`,
  async run({ quick }) {
    const rounds = quick ? 1 : 41;
    const edits = quick ? 50 : 200;
    const types = await ProcessorRegistry.load(BENCH_REGISTRIES);
    const [small, large] = [chainedGraph(SMALL), chainedGraph(LARGE)];
    for (const graph of [small, large]) checkEdit(graph, types);
    const applied = await mediansOfRounds(rounds, {
      small: () => timeApply(small, SMALL, edits, types),
      large: () => timeApply(large, LARGE, edits, types),
    });

    await using smallBench = await createBenchRuntime();
    await using largeBench = await createBenchRuntime();
    for (const [{ runtime }, size] of [
      [smallBench, SMALL],
      [largeBench, LARGE],
    ] as const) {
      await fill(runtime, size);
      await checkCommands(runtime, size);
    }
    const accepted = await mediansOfRounds(rounds, {
      small: () => timeCommands(smallBench.runtime, SMALL, edits / 2),
      large: () => timeCommands(largeBench.runtime, LARGE, edits / 2),
    });
    await smallBench.runtime.start();
    await largeBench.runtime.start();
    const effective = await mediansOfRounds(quick ? 1 : 11, {
      small: () => timeCommands(smallBench.runtime, SMALL, quick ? 2 : 20, 'effective'),
      large: () => timeCommands(largeBench.runtime, LARGE, quick ? 2 : 20, 'effective'),
    });
    return [
      ...rowsOf('apply', applied),
      ...rowsOf('accepted commands', accepted),
      ...rowsOf('effective commands', effective),
    ];
  },
};

function rowsOf(what: string, { small, large }: { small: number; large: number }) {
  return [
    { name: `${what}, ${SMALL} processors`, value: small, unit: 'µs' },
    { name: `${what}, ${LARGE} processors`, value: large, unit: 'µs' },
    { name: `${what}, ${LARGE} : ${SMALL}`, value: large / small, unit: '×', target: { atMost: 2 } },
  ];
}

/** Where the link of the n-th edit is; a different place of the graph each time. */
function placeOf(turn: number, size: number): { from: ProcessorId; to: ProcessorId } {
  const place = (turn * 7919) % size;
  if (turn % 2 === 0) return { from: nodeId(place), to: NEW };
  return { from: NEW, to: nodeId(place - (place % CHAIN_LENGTH)) };
}

function editsOf(turn: number, size: number): GraphEdit[] {
  const { from, to } = placeOf(turn, size);
  return [
    { kind: 'add_processor', processor: gainSpec(NEW) },
    { kind: 'connect', link: gainLink(from, to) },
    { kind: 'remove_processor', processorId: NEW },
  ];
}

function applyEach(graph: Graph, edits: readonly GraphEdit[], types: ProcessorRegistry): Graph {
  return edits.reduce((before, edit) => apply(before, [edit], { owner: USER, types }).graph, graph);
}

function timeApply(graph: Graph, size: number, edits: number, types: ProcessorRegistry): number {
  const startedMs = performance.now();
  let edited = graph;
  for (let turn = 0; turn < edits; turn++) edited = applyEach(edited, editsOf(turn, size), types);
  const tookMs = performance.now() - startedMs;
  assert.equal(edited.revision, graph.revision + 3 * edits);
  return (tookMs * 1000) / edits;
}

function checkEdit(graph: Graph, types: ProcessorRegistry): void {
  const size = graph.processors.size;
  for (const turn of [0, 1]) {
    const [add, connect, remove] = editsOf(turn, size) as [GraphEdit, GraphEdit, GraphEdit];
    const connected = applyEach(graph, [add, connect], types);
    assert.equal([...allProcessors(connected)].length, size + 1);
    assert.equal([...allLinks(connected)].length, graph.links.size + 1);
    const removed = applyEach(connected, [remove], types);
    assert.deepEqual([...allProcessors(removed)], [...allProcessors(graph)]);
    assert.deepEqual([...allLinks(removed)], [...allLinks(graph)]);
  }
}

async function fill(runtime: StreamRuntime, size: number): Promise<void> {
  const { processors, links } = chainedSpecs(size);
  for (const { processorId, processorType } of processors) {
    await runtime.addProcessor({ type: processorType, id: processorId });
  }
  for (const { linkId, from, to } of links) await runtime.connect(from, to, { id: linkId });
}

async function timeCommands(
  runtime: StreamRuntime,
  size: number,
  edits: number,
  wait: 'accepted' | 'effective' = 'accepted',
): Promise<number> {
  const before = (await runtime.getState()).revision;
  let tookMs = 0;
  for (let turn = 0; turn < edits; turn++) {
    const { from, to } = placeOf(turn, size);
    const startedMs = performance.now();
    const ends = [outputPort(from, 'audio_out'), inputPort(to, 'audio_in')] as const;
    await runtime.addProcessor({ type: 'Gain', id: NEW }, { wait });
    await runtime.connect(...ends, { id: 'new-link' }, { wait });
    await runtime.removeProcessor(NEW, { wait });
    tookMs += performance.now() - startedMs;
    await endOfTurn();
  }
  assert.equal(Number((await runtime.getState()).revision - before), 3 * edits);
  return (tookMs * 1000) / edits;
}

async function checkCommands(runtime: StreamRuntime, size: number): Promise<void> {
  await timeCommands(runtime, size, 2);
  assert.equal((await runtime.listProcessors()).length, size);
  assert.equal((await runtime.listLinks()).length, size - size / CHAIN_LENGTH);
}
