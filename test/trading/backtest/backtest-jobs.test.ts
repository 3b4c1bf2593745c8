import assert from 'node:assert/strict';
import { create } from '@bufbuild/protobuf';
import { BacktestSchema } from '../../../gen/ts/streamlib/v1/backtest_pb.ts';
import { BacktestFiles } from '../../../server/trading/backtest/job/backtest-files.ts';
import { BacktestJobs } from '../../../server/trading/backtest/job/backtest-jobs.ts';
import type { BacktestOrder } from '../../../server/trading/backtest/job/backtest-order.ts';
import { BacktestThreads } from '../../../server/trading/backtest/job/backtest-threads.ts';
import { symbolInFileName } from '../../../server/trading/backtest/job/symbol-in-file-name.ts';
import { useTemporaryFolder } from '../../support/temporary-folder.ts';

const ORDER: BacktestOrder = {
  code: 'function on_tick() end',
  symbol: 'A',
  tickSize: 1,
  lotSize: 1,
  source: { kind: 'file', path: 'none.csv', columns: {}, skips: false },
  startMs: undefined,
  endMs: undefined,
  parameters: {},
  seed: 0n,
  windowSize: 1,
  execution: {},
  limits: {},
  isWhole: false,
};

describe('BacktestJobs', () => {
  const path = useTemporaryFolder();

  it('knows nothing of a job that cannot be kept', async () => {
    const threads = new BacktestThreads(1);
    const told: string[] = [];
    const files = new BacktestFiles(path('backtests'), { readOnly: true });
    const jobs = new BacktestJobs(threads, files, ({ backtestId }) => told.push(backtestId));
    const begin = () => jobs.run(create(BacktestSchema, { backtestId: 'b' }), ORDER);
    assert.throws(begin, { code: 'JOURNAL_READ_ONLY' });
    assert.deepEqual([jobs.all, jobs.has('b'), told], [[], false, []]);
    await jobs.close();
    await threads.close();
  });
});

describe('symbolInFileName', () => {
  for (const [file, want] of [
    ['data/btcusdt-1m.csv.gz', 'BTCUSDT'],
    ['ETH_2022.csv', 'ETH'],
    ['bars.csv', 'BARS'],
    ['-1m.csv', undefined],
    ['bars', undefined],
  ] as const)
    it(`is ${want} of ${file}`, () => {
      assert.equal(symbolInFileName(file), want);
    });
});
