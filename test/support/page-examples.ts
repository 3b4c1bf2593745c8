import assert from 'node:assert/strict';
import type { JsonValue } from '../../server/runtime/json.ts';
import { Child } from './child.ts';
import { eventually } from './eventually.ts';

/** An example of a page, with the answer that stands below it. */
export interface PageExample {
  readonly heading: string;
  readonly language: string;
  readonly code: string;
  /** What must be in the answer: JSON of which more may follow, or lines; `…` is anything. */
  readonly answer: { readonly language: string; readonly text: string };
}

/** Every example of a page that an answer stands below. */
export const examplesOf = (page: string): PageExample[] =>
  page.split(/^## /m).flatMap((section) => {
    const pattern = /^```(sh|js)\n(.*?)^```\n```(json|text)\n(.*?)^```/gms;
    return [...section.matchAll(pattern)].map(([, language = '', code = '', kind = '', text = '']) => ({
      heading: section.split('\n', 1)[0] ?? '',
      language,
      code,
      answer: { language: kind, text },
    }));
  });

/** Fails unless a page has an answer to each of its examples. */
export function assertAllAnswered(page: string): void {
  assert.equal(examplesOf(page).length, [...page.matchAll(/^```(sh|js)$/gm)].length);
}

/** Runs an example against a server on this port; fails unless it answers as the page says. */
export async function runExample({ language, code, answer }: PageExample, port: number): Promise<void> {
  const here = code.replaceAll('localhost:9000', `127.0.0.1:${port}`);
  const commands = language === 'sh' ? commandsOf(here) : [];
  for (const command of commands.slice(0, -1)) {
    await using child = shell(command);
    assert.equal((await child.end()).code, 0, command);
  }
  await using child =
    language === 'sh'
      ? shell(commands.at(-1) ?? '')
      : new Child(process.execPath, ['--input-type=module', '--eval', here]);
  if (answer.language === 'json') {
    const { stdout, stderr } = await child.end();
    assertHas(JSON.parse(stdout), JSON.parse(answer.text), stdout + stderr);
    return;
  }
  const lines = answer.text.trimEnd().split('\n').map(patternOf);
  await eventually(
    () => lines.every((line) => child.stdout.split('\n').some((text) => line.test(text))),
    `these lines are printed: ${answer.text}`,
  );
}

/** The commands of a block, with lines that end in a backslash joined. */
function commandsOf(block: string): string[] {
  const lines = block.replaceAll(/\\\n\s*/g, '').split('\n');
  return lines.filter((line) => line !== '');
}

const shell = (command: string): Child =>
  new Child('sh', ['-c', `exec ${command.replace(/^curl /, 'curl --silent ')}`]);

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');

const patternOf = (line: string): RegExp => new RegExp(`^${line.split('…').map(escaped).join('.*')}$`);

/** Members and items that the expected value does not name may be there as well. */
function assertHas(actual: JsonValue | undefined, expected: JsonValue, text: string): void {
  if (typeof expected === 'string') assert.match(String(actual), patternOf(expected), text);
  else if (typeof expected !== 'object' || expected === null) assert.equal(actual, expected, text);
  else {
    assert.ok(typeof actual === 'object' && actual !== null, text);
    const members = actual as Record<string, JsonValue>;
    for (const [name, value] of Object.entries(expected)) assertHas(members[name], value, text);
  }
}
