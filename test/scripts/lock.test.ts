import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';

const LOCK_MODULE = new URL('../../scripts/lock.mjs', import.meta.url).href;

describe('withLock', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'streamlib-lock-'));
    writeFileSync(join(folder, 'diary'), '');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const diary = () => readFileSync(join(folder, 'diary'), 'utf8').split('\n').slice(0, -1);

  // A process that writes into the diary when it is in and when it leaves, and does `work` in between.
  function visitor(work: string) {
    const program = `
      import { appendFileSync } from 'node:fs';
      import { withLock } from ${JSON.stringify(LOCK_MODULE)};
      const note = (word) => appendFileSync(${JSON.stringify(join(folder, 'diary'))}, word + ' ' + process.pid + '\\n');
      const rest = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      withLock(${JSON.stringify(join(folder, 'lock'))}, () => { note('in'); ${work}; note('out'); });`;
    return spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' });
  }

  it('lets one process in at a time', async () => {
    const visitors = [1, 2, 3, 4].map(() => visitor('rest()'));
    const ends = await Promise.all(visitors.map((child) => once(child, 'exit')));
    assert.deepEqual(ends, Array(4).fill([0, null]));
    const lines = diary();
    assert.equal(lines.length, 8);
    for (let line = 0; line < 8; line += 2) {
      assert.equal(lines[line]?.replace('in', 'out'), lines[line + 1]);
    }
    assert.equal(existsSync(join(folder, 'lock')), false);
  });

  it('is taken over from a process that was killed inside', async () => {
    const killed = visitor('for (;;) rest()');
    await eventually(() => diary().length === 1, 'the first process is in');
    const waiting = [visitor('rest()'), visitor('rest()')];
    killed.kill('SIGKILL');
    const ends = await Promise.all(waiting.map((child) => once(child, 'exit')));
    assert.deepEqual(ends, Array(2).fill([0, null]));
    assert.deepEqual(
      diary().map((line) => line.split(' ')[0]),
      ['in', 'in', 'out', 'in', 'out'],
    );
  });

  it('is given back when the work throws', async () => {
    const [code] = await once(visitor("throw new Error('no')"), 'exit');
    assert.equal(code, 1);
    assert.equal(existsSync(join(folder, 'lock')), false);
  });
});
