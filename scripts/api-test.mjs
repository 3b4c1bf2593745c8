// npm run test:api: holds a server to its OpenAPI document with schemathesis: made-up requests, right and wrong ones, to
// each operation. Arguments go to schemathesis (--seed N makes other requests, --max-examples N
// more of them, --phases …).
// Ends with the line "N passed, N failed", in operations.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { withTemporaryFolder } from './folders.mjs';
import { pythonFolder } from './python-env.mjs';

const LISTENING = /^streamlib listening on (http:\S+)$/m;

/** For CI; found faults are shrunk beyond it. */
const MAX_SECONDS = 150;

/** As pino counts. */
const ERROR_LEVEL = 50;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const python = pythonFolder(root);
const server = startServer();
const report = await withTemporaryFolder(async (folder) => {
  const path = join(folder, 'report.json');
  await runSchemathesis(await server.url, path);
  return JSON.parse(readFileSync(path, 'utf8'));
});
const complaints = await server.stop();
if (complaints !== '') console.log(`the server complained:\n${complaints}`);

const failing = new Set([...report.failures.flatMap(({ operations }) => operations)]);
// What is no fault of one operation: an error of the tool, a server that complained or a run that tested nothing.
const others = report.errors.length + (complaints === '' ? 0 : 1) + (report.operations.tested > 0 ? 0 : 1);
const failed = failing.size + others;
console.log(`${Math.max(0, report.operations.tested - failing.size)} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

function startServer() {
  const args = ['server/main.ts', 'serve', '--ephemeral', '--port', '0'];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  const listening = Promise.withResolvers();
  let output = '';
  let complaints = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
    const [, url] = LISTENING.exec(output) ?? [];
    if (url !== undefined) listening.resolve(url);
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (isComplaint(line)) complaints += `${line}\n`;
  });
  closed.then(() => listening.reject(new Error(`the server ended: ${complaints}`)));
  return {
    url: listening.promise,
    async stop() {
      child.kill('SIGTERM');
      const [code] = await closed;
      return code === 0 ? complaints : `${complaints}it ended with ${code}\n`;
    },
  };
}

/** What a server says is no complaint below the level of an error: commands may fail here. What is no log line is one. */
function isComplaint(line) {
  try {
    return JSON.parse(line).level >= ERROR_LEVEL;
  } catch {
    return true;
  }
}

async function runSchemathesis(url, reportPath) {
  const command = ['--config-file', 'test/python/schemathesis.toml', 'run', `${url}/api/openapi.json`];
  const options = [
    ...['--no-color', '--report', 'json', '--report-json-path', reportPath],
    ...['--max-time', String(MAX_SECONDS), '--max-examples', '15', '--request-timeout', '10'],
    // The same requests each time, as far as the server's answers allow; given arguments go before.
    ...['--seed', '1'],
    // A stream does not end, and schemathesis waits for ends; test/rpc/event-doors.test.ts looks at streams.
    ...['--exclude-by', '/x-streaming == true'],
  ];
  const env = { ...process.env, SCHEMATHESIS_HOOKS: 'api_hooks', PYTHONPATH: join(root, 'test/python') };
  const given = process.argv.slice(2);
  const child = spawn(join(python, 'schemathesis'), [...command, ...options, ...given], {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  await once(child, 'close');
}
