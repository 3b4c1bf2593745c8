/** A piece of Lua code, and where it begins: line and column from 1, the column in UTF-16 units. */
export interface LuaToken {
  readonly kind: 'name' | 'text' | 'number' | 'symbol';
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

const LONG_BRACKET = /\[(=*)\[/y;
const NAME = /[A-Za-z_]\w*/y;
const NUMBER = /0[xX][\dA-Fa-f.]+(?:[pP][+-]?\d+)?|\.?\d[\d.]*(?:[eE][+-]?\d+)?/y;
const SHORT_TEXT = /(["'])(?:\\[\s\S]|(?!\1)[^\\\n])*(?:\1|$)?/y;
const SYMBOL = /\.\.\.?|::|[=~<>]=|<<|>>|\/\/|[\s\S]/y;

/**
 * The tokens of Lua code without its comments. Code that does not parse is cut into pieces as far as it goes: whether
 * it is Lua, only Lua says.
 */
export function luaTokens(code: string): LuaToken[] {
  const tokens: LuaToken[] = [];
  let line = 1;
  let lineStart = 0;
  let at = 0;
  const take = (end: number, kind?: LuaToken['kind']) => {
    const text = code.slice(at, end);
    if (kind !== undefined) tokens.push({ kind, text, line, column: at - lineStart + 1 });
    for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) {
      line++;
      lineStart = at + i + 1;
    }
    at = end;
  };
  while (at < code.length) {
    const character = code[at] as string;
    if (/\s/.test(character)) take(at + 1);
    else if (code.startsWith('--', at)) take(commentEnd(code, at));
    else {
      const long = longTextEnd(code, at);
      if (long !== undefined) take(long, 'text');
      else if (character === '"' || character === "'") take(endOf(SHORT_TEXT, code, at), 'text');
      else if (/[A-Za-z_]/.test(character)) take(endOf(NAME, code, at), 'name');
      else if (/^\.?\d/.test(code.slice(at, at + 2))) take(endOf(NUMBER, code, at), 'number');
      else take(endOf(SYMBOL, code, at), 'symbol');
    }
  }
  return tokens;
}

function commentEnd(code: string, at: number): number {
  const long = longTextEnd(code, at + 2);
  if (long !== undefined) return long;
  const end = code.indexOf('\n', at);
  return end === -1 ? code.length : end;
}

function longTextEnd(code: string, at: number): number | undefined {
  LONG_BRACKET.lastIndex = at;
  const opening = LONG_BRACKET.exec(code);
  if (opening === null) return undefined;
  const end = code.indexOf(`]${opening[1]}]`, LONG_BRACKET.lastIndex);
  return end === -1 ? code.length : end + 2 + (opening[1] ?? '').length;
}

function endOf(pattern: RegExp, code: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(code) && pattern.lastIndex > at ? pattern.lastIndex : at + 1;
}
