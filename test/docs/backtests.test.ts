import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { ROOT, runCli } from '../support/child.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';

const PAGE = readFileSync(`${ROOT}docs/backtests.md`, 'utf8');
const COMMANDS = [...PAGE.matchAll(/^streamlib (.+)$/gm)].map(([, command = '']) => command);

describe('docs/backtests.md', () => {
  const folder = useTemporaryFolder();

  it('has examples', () => {
    assert.ok(COMMANDS.length >= 3);
  });

  for (const command of COMMANDS)
    it(`shows what works: streamlib ${command}`, async () => {
      const args = command
        .split(' ')
        .map((arg) => (arg.startsWith('examples/') ? ROOT + arg : arg.endsWith('.html') ? folder(arg) : arg));
      const { code, stdout, stderr } = await runCli(args);
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
      assert.match(stdout, /final_equity/i);
      const report = args.find((arg) => arg.endsWith('.html'));
      assert.ok(report === undefined || existsSync(report));
    });
});
