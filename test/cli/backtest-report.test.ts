import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import type { Browser } from 'playwright-core';
import { EquityPointSchema } from '../../gen/ts/streamlib/v1/backtest_report_pb.ts';
import { thinCurve } from '../../server/cli/backtest-report/thin-curve.ts';
import { runCli } from '../support/child.ts';
import { startChromium } from '../support/chromium.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';

const SAMPLE = fileURLToPath(new URL('../../examples/data/btcusdt-1m.csv.gz', import.meta.url));

/** Buys and sells in turns, and gives its reasons in words that a page must not believe. */
const SPITEFUL = `
strategy = { params = { every = 100 } }
local count = 0
function on_tick(tick, ctx)
  count = count + 1
  if count % ctx.params.every ~= 0 then return end
  if ctx.position.quantity == 0 then ctx.buy { quantity = 0.01, reason = "</script><b id='x'>&\\"" }
  else ctx.close("<img src=x onerror=document.title='taken'>") end
end`;

describe('the report of streamlib backtest', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  let browser: Browser;

  before(async () => {
    browser = await startChromium();
  });
  after(() => browser.close());

  async function backtest(...args: string[]) {
    const { code, stdout, stderr } = await runCli(['backtest', ...args, '--data', SAMPLE, '-o', 'json']);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    return JSON.parse(stdout);
  }

  /** What a browser without a network makes of the file. */
  async function open(file: string) {
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on('console', (message) => faults.push(message.text()));
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith('file:')) faults.push(request.url());
    });
    await page.goto(pathToFileURL(file).href);
    await page.waitForSelector('body[data-drawn]', { state: 'attached' });
    assert.deepEqual(faults, []);
    return page;
  }

  it('shows figures, charts and trades in one file, and is the same each time', async () => {
    const [file, again] = [folder('one.html'), folder('two.html')];
    const { statistics } = await backtest('ema_crossover', '--report', file);
    await backtest('ema_crossover', '--report', again);
    assert.equal(readFileSync(file, 'utf8'), readFileSync(again, 'utf8'));
    const page = await open(file);
    const figure = (name: string) => page.locator(`dd[data-figure="${name}"]`).textContent();
    assert.equal(await figure('final_equity'), statistics.final_equity.toFixed(2));
    assert.equal(await figure('trade_count'), String(statistics.trade_count));
    const rows = page.locator('section:last-of-type tbody tr');
    assert.ok(statistics.trade_count > 10);
    assert.ok((await rows.count()) >= statistics.trade_count);
    for (const chart of ['equity', 'drawdown', 'price']) {
      const width = await page.locator(`#${chart} canvas`).evaluate((canvas) => canvas.clientWidth);
      assert.ok(width > 300, `${chart} is ${width} wide`);
    }
    assert.match((await page.locator('.note').textContent()) ?? '', /of 7200 points/);
  });

  it('shows all runs of a search, and the best of them whole', async () => {
    const file = folder('search.html');
    const args = ['ema_crossover', '--param', 'fast=3..9:3', '--objective', 'final_equity'];
    const { runs } = await backtest(...args, '--report', file);
    const page = await open(file);
    const table = page.locator('section', { hasText: 'All runs, by final_equity' }).locator('tbody tr');
    assert.equal(await table.count(), 3);
    const shown = await table.first().locator('td').allTextContents();
    assert.deepEqual(shown.slice(0, 2), [
      String(runs[0].parameters.fast),
      runs[0].statistics.final_equity.toFixed(2),
    ]);
  });

  it('is refused before the run where it cannot be written', async () => {
    const file = folder('none/report.html');
    const { code, stderr } = await runCli(['backtest', 'ema_crossover', '--data', SAMPLE, '--report', file]);
    assert.equal(code, 2);
    assert.match(stderr, /--report must name a file in a folder that is there, was/);
  });

  it('takes the words of a strategy for words', async () => {
    const strategy = folder('<b>.lua');
    writeFileSync(strategy, SPITEFUL);
    const file = folder('spiteful.html');
    await backtest(strategy, '--report', file);
    const page = await open(file);
    assert.equal(await page.title(), '<b> on BTCUSDT');
    assert.equal(await page.locator('#x, img').count(), 0);
    const reasons = await page.locator('section:last-of-type tbody tr').first().locator('td').last();
    assert.equal(
      await reasons.textContent(),
      `</script><b id='x'>&" / <img src=x onerror=document.title='taken'>`,
    );
  });
});

describe('thinCurve', () => {
  const point = (timestampMs: number, equity: number, price: number) =>
    create(EquityPointSchema, { timestampMs: BigInt(timestampMs), equity, price });

  it('keeps order, ends and extremes, and as many points as were asked for', () => {
    const numbers = fc.array(fc.tuple(fc.double({ noNaN: true }), fc.double({ noNaN: true })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(numbers, fc.integer({ min: 6, max: 60 }), (pairs, most) => {
        const curve = pairs.map(([equity, price], i) => point(i, equity, price));
        const thin = thinCurve(curve, most);
        assert.ok(thin.length <= Math.max(most, 6));
        const indices = thin.map(({ timestampMs }) => Number(timestampMs));
        assert.deepEqual(
          indices,
          [...new Set(indices)].toSorted((a, b) => a - b),
        );
        assert.equal(indices[0], 0);
        assert.equal(indices.at(-1), curve.length - 1);
        for (const figure of ['equity', 'price'] as const) {
          const [all, kept] = [curve, thin].map((points) => points.map((each) => each[figure]));
          assert.equal(Math.max(...(kept as number[])), Math.max(...(all as number[])));
          assert.equal(Math.min(...(kept as number[])), Math.min(...(all as number[])));
        }
      }),
    );
  });
});
