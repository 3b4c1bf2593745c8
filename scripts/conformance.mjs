// npm run test:conformance [-- NAME…]: holds the server to what others wrote: the conformance suite of Connect, and
// clients in several languages. NAME is `connect` or a file of test/conformance without its ending. Needs go, curl with
// HTTP/2, Python with venv and Chromium. Ends with the line "N passed, N failed".
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename, delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runConnectConformance } from './connect-conformance.mjs';
import { goToolsFolder } from './go-tools.mjs';
import { pythonFolder } from './python-env.mjs';
import { runMocha } from './run-mocha.mjs';

const ENDING = '.conformance.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const suites = globSync(`test/conformance/*${ENDING}`, { cwd: root }).sort();
const names = process.argv.slice(2);
const unknown = names.filter((name) => name !== 'connect' && !suites.some((file) => nameOf(file) === name));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}; there are connect, ${suites.map(nameOf).join(', ')}`);
  process.exit(2);
}

const problems = [];
const go = need(() => goToolsFolder(root));
const python = need(() => pythonFolder(root));
need(requireCurl);
need(requireChromium);
for (const problem of problems) console.log(`MISSING: ${problem}`);

const total = { passed: 0, failed: problems.length };
if (problems.length === 0) {
  if (isWanted('connect')) add(await runConnectConformance(root, go));
  const wanted = suites.filter((file) => isWanted(nameOf(file)));
  const env = { PATH: [go, python, process.env.PATH].join(delimiter) };
  if (wanted.length > 0) add(await runMocha(root, ['--timeout', '60000', ...wanted], env));
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;

function nameOf(file) {
  return basename(file, ENDING);
}

function isWanted(name) {
  return names.length === 0 || names.includes(name);
}

function add({ passed, failed }) {
  total.passed += passed;
  total.failed += failed;
}

function need(find) {
  try {
    return find();
  } catch (error) {
    problems.push(error.message);
    return undefined;
  }
}

function requireCurl() {
  const { stdout } = spawnSync('curl', ['--version'], { encoding: 'utf8' });
  if (!/^Features:.*\bHTTP2\b/m.test(stdout ?? '')) throw new Error('curl with HTTP/2 must be installed');
}

function requireChromium() {
  const { status } = spawnSync('chromium', ['--version'], { stdio: 'ignore' });
  if (status !== 0) throw new Error('chromium must be installed (on Debian: the package of that name)');
}
