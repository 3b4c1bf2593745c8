import assert from 'node:assert/strict';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import { parse } from 'yaml';
import { API_METHODS } from '../../server/cli/call.ts';
import { type Child, ROOT, startCli } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { assertMatches, filledIn, valueAt } from './ways/match.ts';
import { type Heard, type Way, WayError } from './ways/way.ts';
import { WAYS } from './ways/ways.ts';

/** One step of a scenario; scenarios/README.md says what each does. */
type Step = {
  /** What is to be saved of the answer: a name for a path in it. */
  readonly save?: Readonly<Record<string, string>>;
} & (
  | {
      readonly call: string;
      readonly with?: JsonObject;
      readonly answer?: JsonValue;
      readonly error?: JsonObject;
    }
  | { readonly subscribe: string; readonly with?: JsonObject }
  | { readonly hear: string; readonly items?: readonly JsonValue[]; readonly error?: JsonObject }
  | { readonly restart: 'kill' | 'stop' }
);

interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
}

const FOLDER = `${ROOT}test/conformance/scenarios/`;

const SCENARIOS = globSync('*.yaml', { cwd: FOLDER })
  .sort()
  .map((file): [string, Scenario] => [basename(file, '.yaml'), parse(readFileSync(FOLDER + file, 'utf8'))]);

/** One scenario on its way: a server of its own, and what was saved and heard. */
class Run implements AsyncDisposable {
  readonly #open: (url: string) => Way;
  readonly #state = mkdtempSync(join(tmpdir(), 'streamlib-scenario-'));
  readonly #saved = new Map<string, JsonValue>();
  readonly #heard = new Map<string, { readonly heard: Heard; taken: number }>();
  #server: Child | undefined;
  #way: Way | undefined;
  #port = '0';

  constructor(open: (url: string) => Way) {
    this.#open = open;
  }

  async start(): Promise<void> {
    this.#server = startCli(['serve', '--port', this.#port, '--state', this.#state]);
    const url = await this.#server.listening();
    this.#port = new URL(url).port;
    this.#way ??= this.#open(url);
  }

  async take(step: Step): Promise<void> {
    if ('call' in step) await this.#call(step);
    else if ('subscribe' in step) this.#subscribe(step);
    else if ('hear' in step) await this.#hear(step);
    else await this.#restart(step.restart);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { heard } of this.#heard.values()) await heard.close();
    await this.#way?.[Symbol.asyncDispose]();
    await this.#server?.[Symbol.asyncDispose]();
    rmSync(this.#state, { recursive: true, force: true });
  }

  async #call(step: Extract<Step, { call: string }>): Promise<void> {
    const [, method] = API_METHODS.get(step.call) ?? [];
    assert.ok(method, `there must be a method ${step.call}`);
    const request = this.#filled(step.with ?? {}) as JsonObject;
    const answered = (this.#way as Way).call(method, request);
    if (step.error !== undefined) {
      const wanted = this.#filled(step.error);
      await assert.rejects(answered, (error) => {
        assert.ok(error instanceof WayError, String(error));
        assertMatches(error.failure as unknown as JsonObject, wanted, step.call);
        return true;
      });
      return;
    }
    const answer = await answered;
    assertMatches(answer, this.#filled(step.answer ?? {}), step.call);
    for (const [name, path] of Object.entries(step.save ?? {})) this.#saved.set(name, valueAt(answer, path));
  }

  #subscribe(step: Extract<Step, { subscribe: string }>): void {
    const heard = (this.#way as Way).subscribe(this.#filled(step.with ?? {}) as JsonObject);
    this.#heard.set(step.subscribe, { heard, taken: 0 });
  }

  /** The next items are these, and no other is among them. */
  async #hear(step: Extract<Step, { hear: string }>): Promise<void> {
    const entry = this.#heard.get(step.hear);
    assert.ok(entry, `${step.hear} must be subscribed`);
    const { heard } = entry;
    const wanted = this.#filled((step.items ?? []) as JsonValue[]) as readonly JsonValue[];
    const end = entry.taken + wanted.length;
    const isTold = (): boolean => heard.items.length >= end || heard.failure !== undefined;
    await eventually(isTold, `${step.hear} hears ${wanted.length} items more`, 30_000);
    const told = heard.items.slice(entry.taken, end);
    assertMatches(
      told as JsonValue,
      wanted as JsonValue,
      `${JSON.stringify(told)}, which ${step.hear} heard,`,
    );
    entry.taken = end;
    for (const [name, path] of Object.entries(step.save ?? {}))
      this.#saved.set(name, valueAt(told.at(-1) ?? {}, path));
    if (step.error === undefined) return;
    await eventually(() => heard.failure !== undefined, `${step.hear} fails`, 30_000);
    assertMatches(heard.failure as unknown as JsonObject, step.error, `the end of ${step.hear}`);
  }

  async #restart(how: 'kill' | 'stop'): Promise<void> {
    this.#server?.kill(how === 'kill' ? 'SIGKILL' : 'SIGTERM');
    await this.#server?.end();
    await this.start();
  }

  #filled(value: JsonValue): JsonValue {
    return filledIn(value, this.#saved);
  }
}

for (const [wayName, open] of Object.entries(WAYS)) {
  describe(`scenarios by ${wayName}`, () => {
    for (const [file, { name, steps }] of SCENARIOS)
      it(`${file}: ${name}`, async () => {
        await using run = new Run(open);
        await run.start();
        for (const [i, step] of steps.entries()) {
          try {
            await run.take(step);
          } catch (error) {
            throw new Error(`step ${i + 1}, ${JSON.stringify(step)}: ${(error as Error).message}`, {
              cause: error,
            });
          }
        }
      });
  });
}
