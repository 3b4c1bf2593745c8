import type { LuaError, LuaErrorCode } from './lua-error.ts';
import type { LuaToken } from './lua-tokens.ts';
import { PATTERN_FUNCTIONS, REMOVED_GLOBALS, REMOVED_STRING_FUNCTIONS } from './prelude/library-lua.ts';
import { STRATEGY_CALLBACKS } from './strategy-types.ts';

/** One remark on a strategy's code. */
export interface StrategyDiagnostic {
  /** From 1; 0 where the remark is about the whole. */
  readonly line: number;
  /** From 1; 0 where only the line is known. */
  readonly column: number;
  /** `warning`: it runs; `error`: calls fail; `critical`: it does not load. */
  readonly severity: 'warning' | 'error' | 'critical';
  readonly message: string;
  readonly code: LuaErrorCode | 'missing_callback';
}

const QUOTED = /'([^']+)'/g;
const NEAR = /near '(.+)'$/;
const UNAVAILABLE = /^(?:string\.)?(\w+) (?:is not available|needs plain)/;

/** Where and what an error was. */
export function errorDiagnostic(
  error: LuaError,
  tokens: readonly LuaToken[],
  severity: StrategyDiagnostic['severity'],
): StrategyDiagnostic {
  const { code, line, message } = error;
  return { line, column: columnOf(message, tokens, line), severity, message, code };
}

/** What the tokens alone show: names that strategies do not have, and functions that look like callbacks. */
export function staticDiagnostics(tokens: readonly LuaToken[], grantPatterns: boolean): StrategyDiagnostic[] {
  const found: StrategyDiagnostic[] = [];
  const remark = (at: LuaToken, code: StrategyDiagnostic['code'], message: string) =>
    found.push({ line: at.line, column: at.column, severity: 'warning', message, code });
  const own = ownNames(tokens);
  const ofStrings = { ...REMOVED_STRING_FUNCTIONS, ...(grantPatterns ? {} : PATTERN_FUNCTIONS) };
  for (const [i, token] of tokens.entries()) {
    if (token.kind !== 'name') continue;
    const before = tokens[i - 1]?.text;
    const after = tokens[i + 1]?.text;
    const isField = before === '.' || before === ':' || after === '=';
    const why = isField || own.has(token.text) ? undefined : ownValue(REMOVED_GLOBALS, token.text);
    if (why !== undefined) {
      remark(token, 'removed_global', `${token.text} is not available to strategies: ${why}`);
    }
    const isOfString = (before === '.' && tokens[i - 2]?.text === 'string') || before === ':';
    const whyNot = isOfString ? ownValue(ofStrings, token.text) : undefined;
    if (whyNot !== undefined) {
      remark(token, 'removed_global', `string.${token.text} is not available to strategies: ${whyNot}`);
    }
    if (before === 'function' && /^on_/.test(token.text) && after === '(' && !isCallback(token.text)) {
      remark(
        token,
        'missing_callback',
        `${token.text} is never called: callbacks are ${STRATEGY_CALLBACKS.join(', ')}`,
      );
    }
  }
  return found;
}

function isCallback(name: string): boolean {
  return (STRATEGY_CALLBACKS as readonly string[]).includes(name);
}

function ownValue(values: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

/** Names that the code gives to values of its own somewhere: locals, parameters, functions. */
function ownNames(tokens: readonly LuaToken[]): Set<string> {
  const own = new Set<string>();
  for (const [i, { text }] of tokens.entries()) {
    if (text !== 'local' && text !== 'for' && text !== 'function') continue;
    for (let k = i + 1; k < tokens.length; k++) {
      const token = tokens[k] as LuaToken;
      if (token.kind === 'name' && token.text !== 'in' && token.text !== 'function') own.add(token.text);
      else if (token.text !== ',' && !(text === 'function' && token.text === '(')) break;
    }
  }
  return own;
}

/** Of the text that the message quotes, else of the line's first token. */
function columnOf(message: string, tokens: readonly LuaToken[], line: number): number {
  const onLine = tokens.filter((token) => token.line === line);
  const near = (NEAR.exec(message) ?? UNAVAILABLE.exec(message))?.[1];
  const quoted = near === undefined ? [...message.matchAll(QUOTED)].map(([, text]) => text) : [near];
  const named = onLine.find(({ text }) => quoted.includes(text));
  return (named ?? onLine[0])?.column ?? 0;
}
