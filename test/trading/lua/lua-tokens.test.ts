import assert from 'node:assert/strict';
import fc from 'fast-check';
import { luaTokens } from '../../../server/trading/lua/lua-tokens.ts';

describe('luaTokens', () => {
  for (const { code, want } of [
    { code: 'local x <const> = 0x1F.8p2', want: ['local', 'x', '<', 'const', '>', '=', '0x1F.8p2'] },
    { code: 'a.b:c(...) .. 1..2', want: ['a', '.', 'b', ':', 'c', '(', '...', ')', '..', '1..2'] },
    { code: '-- a comment\nx --[[ a\nlong ]] y --[==[ ]] ]==] z', want: ['x', 'y', 'z'] },
    {
      code: `"a\\"b" 'c--' [[ d\n"e ]] [==[ ]] ]==]`,
      want: ['"a\\"b"', "'c--'", '[[ d\n"e ]]', '[==[ ]] ]==]'],
    },
    {
      code: 'a[b[1]] = {[1]=2}',
      want: ['a', '[', 'b', '[', '1', ']', ']', '=', '{', '[', '1', ']', '=', '2', '}'],
    },
    {
      code: 'a //b~=c<<1 ::here:: goto here',
      want: ['a', '//', 'b', '~=', 'c', '<<', '1', '::', 'here', '::', 'goto', 'here'],
    },
    { code: '"never closed\nx', want: ['"never closed', 'x'] },
    { code: '--[[ never closed x', want: [] },
  ]) {
    it(`cuts ${JSON.stringify(code)}`, () => {
      assert.deepEqual(
        luaTokens(code).map(({ text }) => text),
        want,
      );
    });
  }

  it('says where each token begins, whatever the text', () => {
    const pieces = fc.constantFrom(
      'a',
      'on_tick',
      '"x',
      "'y'",
      '[[',
      ']]',
      '[=[',
      '--',
      '\n',
      ' ',
      '\\',
      '1.5',
      '..',
      'é',
      '{',
      ':',
    );
    const property = fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      const code = parts.join('');
      const lines = code.split('\n');
      for (const { text, line, column } of luaTokens(code)) {
        const from = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, column - 1);
        assert.equal(code.slice(from, from + text.length), text);
      }
    });
    fc.assert(property, { numRuns: 500 });
  });
});
