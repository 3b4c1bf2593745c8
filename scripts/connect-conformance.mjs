// Runs connectconformance against our server and holds what fails to the list of what is known to fail, and how.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { withTemporaryFolder } from './folders.mjs';
import { conformanceProtos } from './go-tools.mjs';

const FOLDER = 'test/conformance';
const TOTAL = /^Total cases: (\d+)$/m;
const FAILED = /^FAILED: (.*):$/;

// NB: the tool writes a non-breaking space or an ordinary one behind "proto:", as it likes.
/** What a complaint begins with; lines between are parts of a comparison. */
const COMPLAINT = /^\s*(?:; )?((?:actual|connect|received|expecting|server|no )[^\n]*)$/;

/**
 * Resolves with how many cases passed and failed. A case that fails as the list says has passed; an entry of the list
 * that nothing fails by is a failure. `args` go to connectconformance.
 */
export async function runConnectConformance(root, tools, args = []) {
  const output = await runTool(root, join(tools, 'connectconformance'), args);
  const total = Number(TOTAL.exec(output)?.[1] ?? 0);
  const known = JSON.parse(readFileSync(join(root, FOLDER, 'known-failures.json'), 'utf8')).map(
    ({ cases, complaints, reason }) => ({
      cases: new RegExp(cases),
      complaints: new RegExp(complaints),
      reason,
      count: 0,
    }),
  );
  const unexpected = [];
  for (const failure of failuresIn(output)) {
    const entry = known.find((one) => explains(one, failure));
    if (entry === undefined) unexpected.push(failure);
    else entry.count++;
  }
  for (const { name, lines } of unexpected) console.log(`FAILED ${name}\n${lines.join('\n')}`);
  for (const { reason, count } of known) console.log(`${count} cases fail as they are known to: ${reason}`);
  const stale = args.length > 0 ? [] : known.filter(({ count }) => count === 0);
  for (const { reason } of stale)
    console.log(`nothing fails any more because ${reason}: take it off the list`);
  if (total === 0) console.log(`connectconformance told no result:\n${output.slice(-4000)}`);
  const failed = unexpected.length + stale.length + (total === 0 ? 1 : 0);
  return { passed: total - unexpected.length, failed };
}

async function runTool(root, command, args) {
  return await withTemporaryFolder(async (folder) => {
    const descriptors = join(folder, 'conformance.binpb');
    const built = spawnSync('buf', ['build', conformanceProtos(root), '--output', descriptors], {
      cwd: root,
    });
    if (built.status !== 0) throw new Error(`buf build failed: ${built.stderr}`);
    // One server after the other: several that start at once may each be too slow for the tool, which waits some seconds.
    const options = ['--mode', 'server', '--conf', `${FOLDER}/connect.yaml`, '--max-servers', '1', ...args];
    const server = [process.execPath, `${FOLDER}/connect-server.ts`, descriptors];
    const tool = spawn(command, [...options, '--', ...server], {
      cwd: root,
      // The servers log each failure that they are asked for.
      stdio: ['ignore', 'pipe', process.env.STREAMLIB_TEST_VERBOSE === undefined ? 'ignore' : 'inherit'],
    });
    const [output] = await Promise.all([text(tool.stdout), once(tool, 'close')]);
    return output;
  });
}

function* failuresIn(output) {
  let failure;
  for (const line of output.split('\n')) {
    const [, name] = FAILED.exec(line) ?? [];
    if (name !== undefined) {
      if (failure !== undefined) yield failure;
      failure = { name, lines: [] };
    } else if (line === '' || TOTAL.test(line)) {
      if (failure !== undefined) yield failure;
      failure = undefined;
    } else failure?.lines.push(line);
  }
  if (failure !== undefined) yield failure;
}

function explains({ cases, complaints }, { name, lines }) {
  const said = lines.map((line) => COMPLAINT.exec(line)?.[1]).filter((one) => one !== undefined);
  return cases.test(name) && said.length > 0 && said.every((one) => complaints.test(one));
}
