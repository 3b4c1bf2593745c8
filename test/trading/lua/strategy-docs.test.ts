import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { validateStrategy } from '../../../server/trading/lua/index.ts';
import {
  PATTERN_FUNCTIONS,
  REMOVED_GLOBALS,
  REMOVED_STRING_FUNCTIONS,
} from '../../../server/trading/lua/prelude/library-lua.ts';

const PAGE = readFileSync(new URL('../../../docs/strategies.md', import.meta.url), 'utf8');
const ERRORS = readFileSync(new URL('../../../server/trading/lua/lua-error.ts', import.meta.url), 'utf8');

describe('docs/strategies.md', () => {
  for (const [index, [, code = '']] of [...PAGE.matchAll(/^```lua\n(.*?)^```/gms)].entries()) {
    it(`shows a strategy that works, number ${index + 1}`, () => {
      const { diagnostics, ticksProcessed } = validateStrategy(code);
      assert.deepEqual(diagnostics, []);
      assert.equal(ticksProcessed, 1000);
    });
  }

  it('names everything of Lua that is not there', () => {
    const section = PAGE.split('## What of Lua is not there')[1]?.split('\n## ')[0] ?? '';
    const names = [REMOVED_GLOBALS, PATTERN_FUNCTIONS, REMOVED_STRING_FUNCTIONS].flatMap(Object.keys);
    for (const name of names) assert.match(section, new RegExp(`[\`.]${name}\``), name);
  });

  it('explains each code', () => {
    const codes = [...(ERRORS.split('export type')[1] ?? '').matchAll(/\| '(\w+)'/g)].map(([, code]) => code);
    assert.ok(codes.length > 10);
    const section = PAGE.split('\n## Errors')[1] ?? '';
    for (const code of codes) assert.match(section, new RegExp(`\`${code}\``), code);
  });
});
