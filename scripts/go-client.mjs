// The client in Go: its generated code, and what `npm run check` asks of it.
// node scripts/go-client.mjs ARGS…: runs `go ARGS…` in its folder, with the Go that the other scripts use.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateFrom } from './generate.mjs';
import { goEnvironment, gofmtCommand } from './go-tools.mjs';

/** The folder of the module. */
export const GO_CLIENT = 'clients/go';
/** The folder of its generated code. */
export const GO_GENERATED = 'clients/go/gen';

/** Generates into `folder`, which then holds GO_GENERATED. Throws with the generator's own text, and without Go. */
export function generateGo(root, folder) {
  generateFrom(root, join(GO_CLIENT, 'buf.gen.yaml'), folder, goEnvironment(root));
}

/** Throws where `go vet`, `gofmt` or `go mod tidy` would say or change something, and without Go. */
export function checkGoClient(root) {
  const unformatted = run(root, gofmtCommand(root), ['-l', '.']).trim();
  if (unformatted !== '') throw new Error(`not as gofmt has it:\n${unformatted}`);
  run(root, 'go', ['vet', './...']);
  run(root, 'go', ['mod', 'tidy', '-diff']);
}

function run(root, command, args) {
  const options = { cwd: join(root, GO_CLIENT), env: goEnvironment(root), encoding: 'utf8' };
  const done = spawnSync(command, args, options);
  if (done.error) throw new Error(`${command} did not start: ${done.error.message}`);
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')}\n${done.stdout}${done.stderr}`.trim());
  return done.stdout;
}

if (import.meta.main) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  try {
    const options = { cwd: join(root, GO_CLIENT), env: goEnvironment(root), stdio: 'inherit' };
    process.exitCode = spawnSync('go', process.argv.slice(2), options).status ?? 1;
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
