import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a graph did, in whatever system. */
export interface GraphFigures {
  /** Frames a second. */
  readonly rate: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** Frames that came to the sink. */
  readonly received: number;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PEERS = join(ROOT, 'bench', 'peers');
const BIN = join(ROOT, '.venv-peers', process.platform === 'win32' ? 'Scripts' : 'bin');
const PYTHON = join(BIN, 'python');
const TIMEOUT_MS = 300_000;

/** Whether the peers that are written in Python are installed. */
export const arePeersInstalled = (): boolean => existsSync(join(ROOT, '.venv-peers', '.streamlib-installed'));

/** The graph in Bytewax: one thread, one frame at a time. */
export function bytewaxGraph(frames: number, intervalUs: number): GraphFigures {
  const { stdout } = run(
    PYTHON,
    [join(PEERS, 'bytewax_graph.py'), String(frames), String(intervalUs)],
    PEERS,
  );
  return parseFigures(stdout);
}

/** The graph in dora: each node a process. */
export function doraGraph(frames: number, intervalUs: number): GraphFigures {
  const folder = mkdtempSync(join(tmpdir(), 'streamlib-dora-'));
  try {
    const result = join(folder, 'result.json');
    // NB: dora takes JSON as the YAML that it is, and splits arguments at spaces.
    const node = (id: string, args: string, more: object) => ({
      id,
      path: PYTHON,
      args: `${join(PEERS, 'dora_node.py')} ${args}`,
      env: { RUST_LOG: 'error' },
      ...more,
    });
    // As long a queue as there are frames: what is lost is then not lost for its length.
    const input = (source: string) => ({ inputs: { data: { source, queue_size: frames } } });
    const nodes = [
      node('source', `source ${frames} ${intervalUs}`, { outputs: ['data'] }),
      node('multiply', 'multiply', { ...input('source/data'), outputs: ['data'] }),
      node('sink', `sink ${result}`, input('multiply/data')),
    ];
    writeFileSync(join(folder, 'dataflow.yml'), JSON.stringify({ nodes }));
    run(join(BIN, 'dora'), ['run', 'dataflow.yml'], folder);
    return parseFigures(readFileSync(result, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a peer prints. */
interface Told {
  readonly right: boolean;
  readonly rate: number;
  readonly received: number;
  readonly p50_us: number;
  readonly p99_us: number;
}

function run(command: string, args: readonly string[], cwd: string): { readonly stdout: string } {
  const env = { ...process.env, RUST_LOG: 'error' };
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    maxBuffer: 256 * 1024 * 1024,
  });
  assert.equal(status, 0, `${command}: ${stderr}`);
  return { stdout };
}

function parseFigures(text: string): GraphFigures {
  const { right, rate, received, p50_us, p99_us } = JSON.parse(text) as Told;
  assert.equal(right, true, 'the values that came must be right');
  return { rate, received, p50Us: p50_us, p99Us: p99_us };
}
