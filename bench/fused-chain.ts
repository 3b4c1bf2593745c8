import assert from 'node:assert/strict';
import { mediansOfRounds } from './support/alternating-rounds.ts';
import type { Benchmark } from './support/benchmark.ts';
import { assertDelivered } from './support/link-account.ts';
import { rxjsRate, streamRate } from './support/object-chains.ts';
import { type BenchLink, type EndedRun, runToEnd } from './support/run-to-end.ts';

const LANE = 'chain';
const FORWARDERS = ['one', 'two', 'three'] as const;
const CAPACITY_FRAMES = 64;

/** Five processors that do next to nothing in one lane, against the usual ways to chain five functions in Node. */
export const fusedChain: Benchmark = {
  name: 'fused-chain',
  measures: `a source, ${FORWARDERS.length} forwarders and a sink in one lane, against object streams and RxJS`,
  async run({ quick }) {
    const frames = quick ? 20_000 : 5_000_000;
    const streamed = quick ? 5000 : 500_000;
    const { chain, streams, rxjs } = await mediansOfRounds(quick ? 1 : 7, {
      chain: () => chainRate(frames),
      streams: () => streamRate(streamed),
      rxjs: () => rxjsRate(frames),
    });
    return [
      { name: 'chain', value: chain, unit: 'frames/s', target: { atLeast: 15e6 } },
      { name: 'object-mode streams, 5 stages', value: streams, unit: 'objects/s' },
      { name: 'RxJS, 5 operators', value: rxjs, unit: 'objects/s' },
      { name: 'chain : streams', value: chain / streams, unit: '×', target: { atLeast: 5 } },
      { name: 'chain : RxJS', value: chain / rxjs, unit: '×', target: { atLeast: 2 } },
    ];
  },
};

async function chainRate(frames: number): Promise<number> {
  // The first frames meet code that is not compiled yet.
  const skipped = Math.floor(frames / 4);
  const count = frames + skipped;
  return await runToEnd(
    {
      processors: [
        { id: 'source', type: 'bench.StepSource', lane: LANE, config: { count } },
        ...FORWARDERS.map((id) => ({ id, type: 'bench.Forwarder', lane: LANE })),
        { id: 'sink', type: 'bench.RateSink', lane: LANE, config: { count, skipped } },
      ],
      links: [
        link(['source', 'data'], ['one', 'data_in']),
        link(['one', 'data_out'], ['two', 'data_in']),
        link(['two', 'data_out'], ['three', 'data_in']),
        link(['three', 'data_out'], ['sink', 'data']),
      ],
      reporters: ['sink'],
    },
    async (run) => {
      const { took_us, ...seen } = run.reports.get('sink') ?? {};
      assert.deepEqual(seen, { count, wrong: 0 });
      await checkCounts(run, count);
      return (frames / Number(took_us)) * 1e6;
    },
  );
}

const link = (from: BenchLink['from'], to: BenchLink['to']): BenchLink => ({
  from,
  to,
  capacityFrames: CAPACITY_FRAMES,
  transport: 'direct',
});

async function checkCounts({ links, processor }: EndedRun, count: number): Promise<void> {
  for (const each of links) assertDelivered(each, count);
  for (const id of ['source', ...FORWARDERS, 'sink']) {
    const { metrics } = await processor(id);
    const { framesIn, framesOut, errors } = metrics ?? {};
    const expected = [id === 'source' ? 0 : count, id === 'sink' ? 0 : count, 0].map(BigInt);
    assert.deepEqual([framesIn, framesOut, errors], expected, `frames in, frames out and errors of ${id}`);
    // One call in 256 is timed and stands for those before it: the calls are known up to the last sample.
    if (id === 'source') continue;
    const timed = Number(metrics?.processTime?.count);
    assert.ok(timed <= count && timed > count - 256, `calls of ${id} must be about ${count}, was ${timed}`);
  }
}
