import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseParameter } from '../../server/cli/backtest-parameters.ts';
import { UsageError } from '../../server/cli/command.ts';
import { runCli } from '../support/child.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';

const SAMPLE = fileURLToPath(new URL('../../examples/data/btcusdt-1m.csv.gz', import.meta.url));

describe('parseParameter', () => {
  for (const [text, want] of [
    ['fast=12', { name: 'fast', values: [12] }],
    ['fast=5,8,13', { name: 'fast', values: [5, 8, 13] }],
    ['fast=5..20:5', { name: 'fast', min: 5, max: 20, step: 5 }],
    ['share=-0.5..0.5:0.25', { name: 'share', min: -0.5, max: 0.5, step: 0.25 }],
    ['n=1..3', { name: 'n', min: 1, max: 3, step: 1 }],
    ['on=true', { name: 'on', values: [true] }],
    ['word=a=b', { name: 'word', values: ['a=b'] }],
  ] as const)
    it(`reads ${text}`, () => {
      assert.deepEqual(parseParameter(text), want);
    });

  for (const text of ['fast', '=1', 'fast=', 'fast=9..1', 'fast=1..2:0'])
    it(`refuses ${text}`, () => {
      assert.throws(() => parseParameter(text), UsageError);
    });
});

describe('streamlib backtest', () => {
  const folder = useTemporaryFolder();
  const run = (...args: string[]) => runCli(['backtest', ...args]);
  const json = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(...args, '--data', SAMPLE, '-o', 'json');
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    return JSON.parse(stdout);
  };

  it('runs a strategy, and gives the same each time', async () => {
    const [one, other] = [await json('ema_crossover'), await json('ema_crossover')];
    assert.deepEqual(one, other);
    assert.equal(one.statistics.ticks_processed, 7200);
    const { stdout } = await run('ema_crossover', '--data', SAMPLE);
    assert.match(stdout, new RegExp(`trade_count +${one.statistics.trade_count}\\n`));
  });

  it('looks for the best parameters, alike on one thread and on two', async () => {
    const args = ['ema_crossover', '--param', 'fast=3..9:3', '--param', 'slow=20,40'];
    const one = await json(...args, '--threads', '1', '--objective', 'final_equity');
    const two = await json(...args, '--threads', '2', '--objective', 'final_equity');
    assert.deepEqual(one, two);
    const equities = one.runs.map(
      (each: { statistics: { final_equity: number } }) => each.statistics.final_equity,
    );
    assert.equal(equities.length, 6);
    assert.deepEqual(
      equities,
      equities.toSorted((a: number, b: number) => b - a),
    );
  });

  it('says what is wrong, and where', async () => {
    const broken = folder('broken.lua');
    writeFileSync(broken, 'function on_tick(tick, ctx)\n  if then\nend');
    for (const { args, code, says } of [
      { args: ['ema_crossover'], code: 2, says: /--data must name a file/ },
      {
        args: ['ema_crossover', '--data', 'none.csv'],
        code: 2,
        says: /--data must name a file that is there/,
      },
      { args: ['ema', '--data', SAMPLE], code: 2, says: /one of ema_crossover, mean_reversion/ },
      { args: ['ema_crossover', '--data', SAMPLE, '--param', 'fast'], code: 2, says: /--param must be as/ },
      { args: ['ema_crossover', '--data', SAMPLE, '--param', 'quick=1'], code: 1, says: /quick/ },
      { args: [broken, '--data', SAMPLE], code: 1, says: /syntax in line 2/ },
    ]) {
      const done = await run(...args);
      assert.equal(done.code, code, done.stderr);
      assert.match(done.stderr, says);
    }
  });
});
