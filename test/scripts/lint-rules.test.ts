import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runToolOn } from './throwaway-project.ts';

const CLOCK = 'read the time through ctx.clock';
const CONSOLE = 'noConsole';

const READINGS = [
  'Date.now()',
  'new Date()',
  'Date()',
  'performance.now()',
  'process.hrtime()',
  'process.hrtime.bigint()',
  'globalThis.performance.now()',
];

describe('the lint rules', () => {
  const lint = (path: string, code: string): string => {
    const copied = ['biome.json', 'scripts/lint/clock.grit'].map((file) => [
      file,
      readFileSync(join(ROOT, file), 'utf8'),
    ]);
    return runToolOn({ ...Object.fromEntries(copied), [path]: code }, 'biome', [
      'lint',
      '--reporter=github',
      path,
    ]);
  };

  it('let no reading of the wall clock or the process clock pass in the runtime', () => {
    const code = READINGS.map((reading, index) => `export const reading${index} = ${reading};\n`).join('');
    const reported = lint('server/runtime/graph/apply.ts', code).split('\n');
    const lines = reported.filter((line) => line.includes(CLOCK)).map((line) => /line=(\d+)/.exec(line)?.[1]);
    assert.deepEqual(
      [...new Set(lines)],
      READINGS.map((_, index) => String(index + 1)),
    );
  });

  it('let a date made from a given time pass', () => {
    assert.equal(lint('server/runtime/log.ts', 'export const at = (ms: number) => new Date(ms);\n'), '');
  });

  for (const { path, code, want } of [
    { path: 'server/runtime/clock.ts', code: 'export const now = Date.now();', want: undefined },
    { path: 'server/rpc/deadline.ts', code: 'export const now = Date.now();', want: undefined },
    { path: 'server/processors/gain.ts', code: 'export const now = Date.now();', want: CLOCK },
    { path: 'server/cli/ps.ts', code: 'export const now = Date.now();', want: CLOCK },
    { path: 'server/rpc/deadline.ts', code: 'console.log(1);', want: CONSOLE },
    { path: 'server/cli/output.ts', code: 'console.log(1);', want: undefined },
  ]) {
    it(`${want === undefined ? 'allow' : 'refuse'} "${code}" in ${path}`, () => {
      const reported = lint(path, `${code}\n`);
      assert.equal(want === undefined ? reported === '' : reported.includes(want), true, reported);
    });
  }
});
