import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { runCli } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { TestServer } from '../support/server.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';

describe('the commands about trading', () => {
  const folder = useTemporaryFolder();
  let server: TestServer;

  before(async () => {
    server = await TestServer.start();
    await server.runtime.start();
  });
  after(() => server.close());

  const run = (...args: string[]) => runCli(args, { env: { STREAMLIB_URL: server.url } });
  async function json(...args: string[]) {
    const { code, stdout, stderr } = await run(...args, '-o', 'json');
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    return JSON.parse(stdout);
  }

  it('make a runner, look into it, and take it away', async () => {
    const made = await json(
      'runner',
      'create',
      'r',
      'SIM:A',
      'ema_crossover',
      '--window',
      '7',
      '--param',
      'fast=3',
    );
    assert.deepEqual(
      [made.runner_id, made.runner.window_size, made.runner.config.parameters],
      ['r', 7, { fast: 3 }],
    );
    await eventually(
      async () => (await json('runner', 'get', 'r')).stats?.ticks_processed > 2,
      'it sees ticks',
    );
    const { stdout } = await run('runner', 'list');
    assert.match(stdout, /^r +SIM:A +ema_crossover@1 +running +\w+ /m);
    assert.equal((await json('runner', 'snapshot', 'r')).runner_id, 'r');
    assert.ok((await json('runner', 'history', 'r', '--count', '2')).ticks.length > 0);
    assert.equal((await run('runner', 'rm', 'r')).code, 0);
    assert.deepEqual((await json('runner', 'list')).runners, []);
  });

  it('upload, validate, show and remove strategies', async () => {
    const file = folder('mine.lua');
    writeFileSync(file, 'function on_tick(tick, ctx) ctx.set("price", tick.price) end');
    assert.equal((await json('strategy', 'upload', file)).name, 'mine');
    assert.match((await run('strategy', 'list')).stdout, /^mine +1 +upload /m);
    assert.match((await run('strategy', 'get', 'mine')).stdout, /function on_tick/);
    assert.equal((await run('strategy', 'validate', 'mine')).code, 0);
    writeFileSync(file, 'function on_tick(tick, ctx)\n  if then\nend');
    const wrong = await run('strategy', 'validate', file);
    assert.equal(wrong.code, 1);
    assert.match(wrong.stdout, /mine\.lua:2:\d+ +critical +syntax/);
    assert.equal((await run('strategy', 'rm', 'mine')).code, 0);
  });

  for (const { args, code, says } of [
    { args: ['runner', 'do'], code: 2, says: /ACTION must be one of list/ },
    { args: ['runner', 'get'], code: 2, says: /get takes 1 operands more, was 0/ },
    { args: ['runner', 'get', 'nobody'], code: 1, says: /no runner is called "nobody"/ },
    {
      args: ['runner', 'create', 'r', 'SIM:A', 'ema', '--param', 'a=1,2'],
      code: 2,
      says: /--param must have one value/,
    },
    { args: ['strategy', 'get', 'ema'], code: 1, says: /near it are ema_crossover/ },
    { args: ['strategy', 'upload', 'none.lua'], code: 2, says: /FILE must be a file that is there/ },
  ])
    it(`say what is wrong with ${args.join(' ')}`, async () => {
      const done = await run(...args);
      assert.equal(done.code, code, done.stderr);
      assert.match(done.stderr, says);
    });
});
