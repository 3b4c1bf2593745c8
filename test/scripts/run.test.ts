import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.ts';

const RUN = fileURLToPath(new URL('../../scripts/run.mjs', import.meta.url));

function run(...command: string[]) {
  return spawn(process.execPath, [RUN, ...command], { stdio: 'ignore', detached: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/ Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('scripts/run', () => {
  for (const { name, command, want } of [
    { name: 'passes on success', command: ['node', '-e', '0'], want: 0 },
    { name: 'passes on an exit code', command: ['node', '-e', 'process.exit(3)'], want: 3 },
    {
      name: 'gives 128 + the number of a fatal signal',
      command: ['node', '-e', 'process.kill(process.pid, 9)'],
      want: 137,
    },
    { name: 'gives 127 for a command that is not there', command: ['no-such-command'], want: 127 },
  ]) {
    it(name, async () => {
      const [code] = await once(run(...command), 'exit');
      assert.equal(code, want);
    });
  }

  describe('with a command that takes signals', () => {
    let folder = '';
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'streamlib-run-'));
      writeFileSync(join(folder, 'diary'), '');
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    const diary = () => readFileSync(join(folder, 'diary'), 'utf8').split('\n').slice(0, -1);

    async function startDrainer() {
      const program = `
        const fs = require('node:fs');
        const note = (word) => fs.appendFileSync(${JSON.stringify(join(folder, 'diary'))}, word + '\\n');
        for (const signal of ['SIGINT', 'SIGTERM']) {
          process.on(signal, () => { note(signal); setTimeout(() => process.exit(7), 500); });
        }
        note(process.pid);
        setInterval(() => {}, 1000);`;
      const runner = run('node', '-e', program);
      await eventually(() => diary().length === 1, 'the command is up');
      assert.ok(runner.pid);
      return { runner, group: -runner.pid, commandPid: Number(diary()[0]) };
    }

    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      it(`passes ${signal} on once, whether it came to the process, to its group, or to both`, async () => {
        const { runner, group } = await startDrainer();
        runner.kill(signal);
        process.kill(group, signal);
        const [code] = await once(runner, 'exit');
        assert.equal(code, 7);
        assert.deepEqual(diary().slice(1), [signal]);
      });
    }

    it('does not leave the command behind when it is killed outright', async () => {
      const { runner, group, commandPid } = await startDrainer();
      process.kill(group, 'SIGKILL');
      await once(runner, 'exit');
      await eventually(() => !isAlive(commandPid), 'the command has ended');
      assert.deepEqual(diary().slice(1), []);
    });
  });
});
