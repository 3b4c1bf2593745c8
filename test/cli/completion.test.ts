import assert from 'node:assert/strict';
import { COMMANDS } from '../../server/cli/commands.ts';
import { Child, runCli } from '../support/child.ts';

/** What bash offers for a command line, whose last word is being written. */
async function offered(script: string, line: readonly string[]): Promise<string[]> {
  const words = line.map((word) => `'${word}'`).join(' ');
  const program = `${script}
COMP_WORDS=(${words}); COMP_CWORD=${line.length - 1}; _streamlib; printf '%s\\n' "\${COMPREPLY[@]}"`;
  await using bash = new Child('bash', ['-c', program]);
  const { code, stdout, stderr } = await bash.end();
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  return stdout.split('\n').filter(Boolean);
}

describe('completion', () => {
  const scripts = new Map<string, string>();

  before(async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { code, stdout, stderr } = await runCli(['completion', shell]);
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
      scripts.set(shell, stdout);
    }
  });

  for (const [line, want] of [
    [
      ['streamlib', 'ru'],
      ['run', 'runner'],
    ],
    [['streamlib', 'status', '--ou'], ['--output']],
    [
      ['streamlib', 'status', '-o', ''],
      ['table', 'json', 'yaml'],
    ],
    [
      ['streamlib', 'connect', 'a.b', 'c.d', '--delivery', 'l'],
      ['latest', 'lossless'],
    ],
    [['streamlib', 'pipeline', 'w'], ['watch']],
    [['streamlib', 'call', 'GetRunnerS'], ['GetRunnerSnapshot']],
    [
      ['streamlib', 'apply', '-f', 'packa'],
      ['package-lock.json', 'package.json'],
    ],
  ] as const)
    it(`offers bash ${want.join(' ')} for ${line.join(' ')}`, async () => {
      assert.deepEqual((await offered(scripts.get('bash') ?? '', line)).toSorted(), want.toSorted());
    });

  for (const shell of ['zsh', 'fish'])
    it(`tells ${shell} of every command and option`, async () => {
      const script = scripts.get(shell) ?? '';
      for (const load of Object.values(COMMANDS)) {
        const { name, options } = await load();
        assert.ok(script.includes(name), name);
        const flag = (long: string): string => (shell === 'zsh' ? `--${long}[` : `-l ${long}`);
        for (const long of Object.keys(options)) assert.ok(script.includes(flag(long)), `${name} --${long}`);
      }
    });

  it('refuses a shell that it does not know', async () => {
    const { code, stderr } = await runCli(['completion', 'csh']);
    assert.equal(code, 2);
    assert.match(stderr, /^streamlib completion: SHELL must be bash, zsh or fish, was "csh"$/m);
  });
});
