// node scripts/native-layout.mjs [--check]: writes native/layout.ts from native/core/layout.h, so that JavaScript and
// C++ cannot disagree. With --check writes nothing, and exits with 1 if something would change.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CONSTANT = /^inline constexpr std::uint64_t k(\w+) = (.*);$/;
const DOC = /^\/\/\/ (.*)$/;
const HEADER =
  '// Made by scripts/native-layout.mjs from native/core/layout.h, which says what each means.\n';

/** The TypeScript twin of the header `source`. Throws on a constant that it cannot evaluate. */
export function layoutModule(source) {
  const values = new Map();
  const lines = [HEADER];
  let doc = '';
  for (const line of source.split('\n')) {
    const [, name, expression] = CONSTANT.exec(line) ?? [];
    if (name === undefined) {
      doc = DOC.exec(line)?.[1] ?? '';
      continue;
    }
    const value = evaluate(expression, values);
    values.set(name, value);
    if (doc !== '') lines.push(`/** ${doc} */`);
    lines.push(`export const ${screamingSnake(name)} = ${printed(expression, value)};`);
    doc = '';
  }
  return `${lines.join('\n')}\n`;
}

function evaluate(expression, values) {
  const numbers = expression.replaceAll(/\bk([A-Z]\w*)\b/g, (_, name) => {
    if (!values.has(name)) throw new Error(`layout.h: k${name} is not known yet in "${expression}"`);
    return String(values.get(name));
  });
  if (!/^[\s\w()*+-]+$/.test(numbers)) throw new Error(`layout.h: cannot evaluate "${expression}"`);
  const value = Function(`return ${numbers};`)();
  if (!Number.isSafeInteger(value))
    throw new Error(`layout.h: "${expression}" must be an integer, was ${value}`);
  return value;
}

// A mask reads better as it stands in the header; its letters are lower-case on both sides.
function printed(expression, value) {
  return expression.startsWith('0x') ? expression : String(value);
}

function screamingSnake(name) {
  return name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toUpperCase();
}

if (import.meta.main) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const path = join(root, 'native/layout.ts');
  const wanted = layoutModule(readFileSync(join(root, 'native/core/layout.h'), 'utf8'));
  const present = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (present === wanted) process.exitCode = 0;
  else if (process.argv.includes('--check')) {
    console.error(
      'native/layout.ts is not that of native/core/layout.h: run `node scripts/native-layout.mjs`',
    );
    process.exitCode = 1;
  } else {
    writeFileSync(path, wanted);
    console.log('native/layout.ts is new');
  }
}
