// Where Go is, and the clients in Go that test:conformance uses, built from pinned versions into .node/go-tools.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { withLock } from './lock.mjs';

const CONFORMANCE = { module: 'connectrpc.com/conformance', version: 'v1.0.7' };
const COMMANDS = [
  `${CONFORMANCE.module}/cmd/connectconformance@${CONFORMANCE.version}`,
  'github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.4',
];

/** The folder with `connectconformance` and `grpcurl`; builds them where they are not there. Throws without Go. */
export function goToolsFolder(root) {
  return withLock(join(root, '.node', 'go-tools.lock'), () => {
    const folder = join(root, '.node', 'go-tools');
    const stamp = join(folder, '.streamlib-built');
    const wanted = COMMANDS.join('\n');
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return folder;
    rmSync(folder, { recursive: true, force: true });
    console.error('streamlib: building test clients in Go (once)');
    for (const command of COMMANDS) go(root, ['install', command], { GOBIN: folder });
    writeFileSync(stamp, wanted);
    return folder;
  });
}

/** The folder with the schema of the conformance service, as its module has it. */
export function conformanceProtos(root) {
  const { module, version } = CONFORMANCE;
  return join(JSON.parse(go(root, ['mod', 'download', '-json', `${module}@${version}`])).Dir, 'proto');
}

/** The environment in which `go` is found: that of PATH, else the one that .ci/run installs. Throws without either. */
export function goEnvironment(root) {
  const installed = join(root, '.node', 'go', 'bin');
  const environments = [process.env, { ...process.env, PATH: [installed, process.env.PATH].join(delimiter) }];
  const found = environments.find(
    (env) => spawnSync('go', ['version'], { env, stdio: 'ignore' }).status === 0,
  );
  if (found === undefined) throw new Error('go 1.24 or later must be installed');
  return found;
}

/** The `gofmt` that belongs to it. */
export function gofmtCommand(root) {
  return join(go(root, ['env', 'GOROOT']).trim(), 'bin', 'gofmt');
}

function go(root, args, env = {}) {
  const options = { cwd: root, env: { ...goEnvironment(root), ...env }, encoding: 'utf8' };
  const done = spawnSync('go', args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
  if (done.error) throw new Error(`go must be installed: ${done.error.message}`);
  if (done.status !== 0) throw new Error(`go ${args.join(' ')} failed with ${done.status}`);
  return done.stdout;
}
