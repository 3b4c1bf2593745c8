import assert from 'node:assert/strict';
import type { Benchmark, Measurement } from './support/benchmark.ts';
import { assertDelivered } from './support/link-account.ts';
import { arePeersInstalled, bytewaxGraph, doraGraph, type GraphFigures } from './support/python-peers.ts';
import { type BenchProcessor, runToEnd } from './support/run-to-end.ts';
import { median } from './support/statistics.ts';

/** 4 KiB. */
const VALUES = 512;
const INTERVAL_US = 1000;
/** A system that the graph runs in. */
interface System {
  readonly name: string;
  /** Frames that keep it busy for seconds at full speed. */
  readonly fastFrames: number;
  /** At full speed where the interval is 0. */
  run(frames: number, intervalUs: number): GraphFigures | Promise<GraphFigures>;
}

const runHere =
  (lanes: Lanes): System['run'] =>
  (frames, intervalUs) =>
    intervalUs === 0 ? fastGraph(frames, lanes) : pacedGraph(frames, lanes);

const LANES: System = {
  name: 'here, a lane each',
  fastFrames: 500_000,
  run: runHere(['one', 'two', 'three']),
};
const LANE: System = { name: 'here, one lane', fastFrames: 500_000, run: runHere(['one', 'one', 'one']) };
const DORA: System = { name: 'dora, a process each', fastFrames: 20_000, run: doraGraph };
const BYTEWAX: System = { name: 'Bytewax, one thread', fastFrames: 100_000, run: bytewaxGraph };

/** A graph of three nodes here and in the dataflow systems of Python. */
export const dataflowPeers: Benchmark = {
  name: 'dataflow-peers',
  measures:
    'source, gain and sink over frames of 4 KiB, at full speed and at 1 kHz, against dora and Bytewax',
  async run({ quick }) {
    const hasPeers = arePeersInstalled();
    if (!hasPeers) console.log('dora and Bytewax: MISSING (npm run bench:peers installs them)');
    const systems = hasPeers ? [LANES, DORA, LANE, BYTEWAX] : [LANES, LANE];
    const figures = await measure(systems, quick);
    const rows = systems.flatMap(({ name }) => rowsOf(name, figures.get(name)));
    if (!hasPeers) return rows;
    return [
      ...rows,
      ...ratiosOf('a lane each : dora', figures.get(LANES.name), figures.get(DORA.name)),
      ...ratiosOf('one lane : Bytewax', figures.get(LANE.name), figures.get(BYTEWAX.name)),
    ];
  },
};

interface Figures {
  readonly rate: number;
  readonly lostPercent: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** The rate at full speed, and the latencies at a pace that all keep: medians of rounds in which each has its turn. */
async function measure(systems: readonly System[], quick: boolean): Promise<Map<string, Figures>> {
  const seen = new Map(systems.map(({ name }) => [name, [] as Figures[]]));
  const pacedFrames = quick ? 200 : 5000;
  for (let round = 0; round < (quick ? 1 : 3); round++)
    for (const { name, fastFrames, run } of systems) {
      const frames = quick ? fastFrames / 50 : fastFrames;
      const { rate, received } = await run(frames, 0);
      const { p50Us, p99Us } = await run(pacedFrames, INTERVAL_US);
      seen.get(name)?.push({ rate, lostPercent: (1 - received / frames) * 100, p50Us, p99Us });
    }
  const medianOf = (rounds: readonly Figures[], field: keyof Figures): number =>
    median(rounds.map((figures) => figures[field]));
  return new Map(
    [...seen].map(([name, rounds]) => [
      name,
      {
        rate: medianOf(rounds, 'rate'),
        lostPercent: medianOf(rounds, 'lostPercent'),
        p50Us: medianOf(rounds, 'p50Us'),
        p99Us: medianOf(rounds, 'p99Us'),
      },
    ]),
  );
}

const NOTHING: Figures = { rate: NaN, lostPercent: NaN, p50Us: NaN, p99Us: NaN };

const rowsOf = (name: string, { rate, lostPercent, p50Us, p99Us } = NOTHING): Measurement[] => [
  { name, value: rate, unit: 'frames/s' },
  { name: `${name}, lost at full speed`, value: lostPercent, unit: '%' },
  { name: `${name}, p50 at 1 kHz`, value: p50Us, unit: 'µs' },
  { name: `${name}, p99 at 1 kHz`, value: p99Us, unit: 'µs' },
];

const ratiosOf = (name: string, ours = NOTHING, theirs = NOTHING): Measurement[] => [
  { name: `${name}, frames/s`, value: ours.rate / theirs.rate, unit: '×', target: { atLeast: 1 } },
  { name: `${name}, p50`, value: ours.p50Us / theirs.p50Us, unit: '×', target: { atMost: 1 } },
  { name: `${name}, p99`, value: ours.p99Us / theirs.p99Us, unit: '×', target: { atMost: 1 } },
];

type Lanes = readonly [string, string, string];
type End = Pick<BenchProcessor, 'type' | 'config'>;

/** Source, gain of one, and sink, as every peer has them. */
function runGraph(
  lanes: Lanes,
  source: End,
  sink: End,
  frames: number,
): Promise<ReadonlyMap<string, unknown>> {
  const [from, between, to] = lanes;
  const transport = from === to ? 'direct' : 'ring';
  const link = { capacityFrames: 1024, delivery: 'lossless', transport } as const;
  return runToEnd(
    {
      processors: [
        { id: 'source', lane: from, ...source },
        { id: 'gain', type: 'DataGain', lane: between, config: { gain: 1 } },
        { id: 'sink', lane: to, ...sink },
      ],
      links: [
        { from: ['source', 'data'], to: ['gain', 'data_in'], ...link },
        { from: ['gain', 'data_out'], to: ['sink', 'data'], ...link },
      ],
      reporters: ['sink'],
    },
    ({ reports, links }) => {
      for (const each of links) assertDelivered(each, frames);
      const { count, wrong, ...figures } = reports.get('sink') ?? {};
      assert.deepEqual({ count, wrong }, { count: frames, wrong: 0 });
      return new Map(Object.entries(figures));
    },
  );
}

async function fastGraph(frames: number, lanes: Lanes): Promise<GraphFigures> {
  // The first frames meet code that is not compiled yet.
  const skipped = Math.floor(frames / 5);
  const figures = await runGraph(
    lanes,
    { type: 'bench.RateSource', config: { count: frames, values: VALUES, whole: true } },
    { type: 'bench.RateSink', config: { count: frames, skipped, whole: true } },
    frames,
  );
  const rate = ((frames - skipped) / Number(figures.get('took_us'))) * 1e6;
  return { rate, p50Us: NaN, p99Us: NaN, received: frames };
}

async function pacedGraph(frames: number, lanes: Lanes): Promise<GraphFigures> {
  const figures = await runGraph(
    lanes,
    { type: 'bench.TickSource', config: { count: frames, values: VALUES } },
    { type: 'bench.TickSink', config: { skipped: Math.floor(frames / 5) } },
    frames,
  );
  const [p50Us, p99Us] = [Number(figures.get('p50_us')), Number(figures.get('p99_us'))];
  return { rate: 1e6 / INTERVAL_US, p50Us, p99Us, received: frames };
}
