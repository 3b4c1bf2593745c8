import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../support/child.ts';
import { CliWay } from './cli-way.ts';
import { CurlWay } from './curl-way.ts';
import { DriverWay } from './driver-way.ts';
import type { Way } from './way.ts';

/** Every way to drive a server, by its name. */
export const WAYS: Readonly<Record<string, (url: string) => Way>> = {
  'REST with curl': (url) => new CurlWay(url),
  'the client in TypeScript': (url) =>
    new DriverWay(process.execPath, ['clients/typescript/conformance/driver.ts', url]),
  'the client in Go': (url) => new DriverWay(goDriver(), [url]),
  'the command line': (url) => new CliWay(url),
};

let goProgram: string | undefined;

/** The program in Go, built with the first call. */
function goDriver(): string {
  if (goProgram !== undefined) return goProgram;
  const folder = mkdtempSync(join(tmpdir(), 'streamlib-go-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, 'conformance');
  const args = ['scripts/go-client.mjs', 'build', '-o', program, './conformance'];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the driver in Go was not built: ${stderr}`);
  goProgram = program;
  return program;
}
