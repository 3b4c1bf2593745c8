import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';

/** The checkout under test. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const LISTENING = /^streamlib listening on (https?:\/\/\S+:\d+)$/m;

/** How a child process is started. */
export interface ChildOptions {
  readonly cwd?: string;
  /** Beside the environment of the tests, in which no STREAMLIB_ variable is left. */
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads on standard input; nothing is there without this. */
  readonly stdin?: string;
}

/** How a child process ended. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that a test has started, with what it prints. Disposing it ends it at once if it still runs. */
export class Child implements AsyncDisposable {
  stdout = '';
  stderr = '';
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;
  /** What a server keeps lies here, unless its environment or its arguments say otherwise. */
  readonly #state = mkdtempSync(join(tmpdir(), 'streamlib-state-'));

  constructor(command: string, args: readonly string[], { cwd = ROOT, env = {}, stdin }: ChildOptions = {}) {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('STREAMLIB_'));
    this.#process = spawn(command, [...args], {
      cwd,
      env: { ...Object.fromEntries(inherited), STREAMLIB_STATE: this.#state, ...env },
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    this.#process.stdin?.end(stdin);
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#closed = once(this.#process, 'close');
  }

  /** Resolves when it has ended and everything that it printed is there. */
  async end(): Promise<ChildEnd> {
    await this.#closed;
    const { exitCode: code, signalCode: signal } = this.#process;
    return { code, signal, stdout: this.stdout, stderr: this.stderr };
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Resolves with the address of a server as soon as it says that it listens. */
  async listening(): Promise<string> {
    await eventually(() => {
      if (this.#process.exitCode !== null) throw new Error(`it ended: ${this.stderr}`);
      return LISTENING.test(this.stdout);
    }, 'the child listens');
    return LISTENING.exec(this.stdout)?.[1] as string;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) this.kill('SIGKILL');
    await this.#closed;
    rmSync(this.#state, { recursive: true, force: true });
  }
}

/** Starts the command line of this checkout. */
export function startCli(args: readonly string[], options?: ChildOptions): Child {
  return new Child(process.execPath, [`${ROOT}server/main.ts`, ...args], options);
}

/** Runs the command line to its end. */
export async function runCli(args: readonly string[], options?: ChildOptions): Promise<ChildEnd> {
  await using child = startCli(args, options);
  return await child.end();
}
