import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { useTemporaryFolder } from '../support/temporary-folder.ts';

const RUN = new URL('../../bench/run.ts', import.meta.url).pathname;
const NAMES = [
  'command-round-trip',
  'command-execution',
  'event-emission',
  'event-browser',
  'event-idle-latency',
  'event-fan-out',
  'event-stalled',
  'event-idle',
  'state-read',
  'unary',
  'durable-commands',
  'start-up',
  'graph-edit',
  'graph-memory',
  'apply-graph',
  'journal-append',
  'link-rate',
  'ring-rate',
  'whole-path',
  'fused-chain',
  'data-pipeline',
  'dataflow-peers',
  'metrics-cost',
  'steady-heap',
  'pipeline-pool',
  'fft',
  'wake-up',
  'video-fan-out',
  'video-pipeline',
  'live-edit',
  'lane-memory',
  'strategy-vm',
  'runner-rate',
  'client-overhead-go',
  'cli-status',
];

interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly target: string | null;
  readonly met: boolean | null;
}

const run = (...args: string[]) => spawnSync(process.execPath, [RUN, ...args], { encoding: 'utf8' });

describe('the benchmarks', () => {
  const inFolder = useTemporaryFolder();

  for (const name of NAMES) {
    it(`${name} finds right answers and writes its rows`, function () {
      this.timeout(120_000);
      const out = inFolder('results.json');
      const { status, stdout, stderr } = run(name, '--quick', '--out', out);
      assert.equal(status, 0, `${stdout}${stderr}`);
      const rows = JSON.parse(readFileSync(out, 'utf8')) as Row[];
      assert.notEqual(rows.length, 0);
      for (const row of rows) {
        assert.deepEqual(Object.keys(row), ['name', 'value', 'unit', 'target', 'met']);
        assert.match(row.name, new RegExp(`^${name}: `));
        assert.ok(Number.isFinite(row.value), `${row.name} is a number, was ${row.value}`);
        assert.equal(row.target === null, row.met === null, row.name);
        assert.ok(stdout.includes(row.name), `the table has ${row.name}`);
      }
    });
  }

  it('repeats random edits from their seed and says so', function () {
    this.timeout(120_000);
    const { status, stdout, stderr } = run(
      'live-edit',
      '--quick',
      '--seed',
      '42',
      '--out',
      inFolder('results.json'),
    );
    assert.equal(status, 0, `${stdout}${stderr}`);
    assert.match(stdout, /seed 42\n/);
  });

  it('says whether frames are checked', () => {
    const { stdout } = run('graph-edit', '--quick', '--out', inFolder('results.json'));
    assert.match(stdout, /^NODE_ENV=\w+: (frames are not checked|each access of a frame is checked)\n/);
  });

  it('refuses a name that it does not have', () => {
    const { status, stderr } = run('graph-edits', '--out', inFolder('results.json'));
    assert.equal(status, 2);
    assert.match(stderr, /graph-edits/);
    for (const name of NAMES) assert.match(stderr, new RegExp(name));
  });
});
