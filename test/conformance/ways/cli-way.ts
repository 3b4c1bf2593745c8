import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type DescMethod, getOption, type JsonObject, type JsonValue } from '@bufbuild/protobuf';
import { http } from '../../../gen/ts/google/api/annotations_pb.ts';
import { Child, ROOT } from '../../support/child.ts';
import { type Failure, type Heard, type Way, WayError } from './way.ts';

const MAIN = `${ROOT}server/main.ts`;

/**
 * The command line of a call: the command for it where there is one that can say all that is asked for, or `call`. The
 * output is the answer, of Get and Update what REST answers.
 */
type CommandOf = (request: JsonObject) => readonly string[] | undefined;

const COMMANDS: Readonly<Record<string, CommandOf>> = {
  GetRuntimeState: taking([], () => ['status']),
  ListProcessorTypes: taking([], () => ['types']),
  GetProcessorType: taking(['name'], ({ name }) => ['types', String(name)]),
  GetProcessor: taking(['processor_id'], ({ processor_id }) => ['get', String(processor_id)]),
  CreateProcessor: taking(
    ['processor_type', 'processor_id', 'config'],
    ({ processor_type, processor_id, config }) => [
      'create',
      String(processor_type),
      ...configOperands(config),
      ...(processor_id === undefined ? [] : ['--id', String(processor_id)]),
    ],
  ),
  CreateLink: taking(
    ['from_processor', 'from_port', 'to_processor', 'to_port', 'link_id', 'delivery', 'capacity_frames'],
    ({ from_processor, from_port, to_processor, to_port, link_id, delivery, capacity_frames }) => [
      ...['connect', `${from_processor}.${from_port}`, `${to_processor}.${to_port}`],
      ...(link_id === undefined ? [] : ['--id', String(link_id)]),
      ...(delivery === undefined ? [] : ['--delivery', String(delivery)]),
      ...(capacity_frames === undefined ? [] : ['--capacity', String(capacity_frames)]),
    ],
  ),
  DeleteLink: taking(['link_id'], ({ link_id }) => ['disconnect', String(link_id)]),
  StartRuntime: taking([], () => ['start']),
  StopRuntime: taking([], () => ['stop']),
  PauseRuntime: taking([], () => ['pause']),
  ResumeRuntime: taking([], () => ['resume']),
  PauseProcessor: taking(['processor_id'], ({ processor_id }) => ['pause', String(processor_id)]),
  ResumeProcessor: taking(['processor_id'], ({ processor_id }) => ['resume', String(processor_id)]),
  RestartProcessor: taking(['processor_id'], ({ processor_id }) => ['restart', String(processor_id)]),
  DeletePipeline: taking(['pipeline_id'], ({ pipeline_id }) => ['pipeline', 'rm', String(pipeline_id)]),
  GetPipelineStats: taking(['pipeline_id'], ({ pipeline_id }) => ['pipeline', 'stats', String(pipeline_id)]),
};

/** Options that every command has which edits. */
const EDIT_OPTIONS: Readonly<Record<string, (value: JsonValue) => readonly string[] | undefined>> = {
  wait: (value) => (value === 'effective' ? ['--wait'] : undefined),
  request_id: (value) => ['--request-id', String(value)],
  expected_revision: (value) => ['--expected-revision', String(value)],
};

/** What has these fields, and options of edits beside them, has a command; what has others has none. */
function taking(fields: readonly string[], command: (request: JsonObject) => readonly string[]): CommandOf {
  return (request) => {
    const args = [...command(request)];
    for (const [name, value] of Object.entries(request)) {
      if (fields.includes(name)) continue;
      const option = EDIT_OPTIONS[name]?.(value);
      if (option === undefined) return undefined;
      args.push(...option);
    }
    return args;
  };
}

const configOperands = (config: JsonValue | undefined): string[] =>
  Object.entries((config ?? {}) as JsonObject).map(([key, value]) => `${key}=${JSON.stringify(value)}`);

const callOf = ({ name }: DescMethod, request: JsonObject): readonly string[] => [
  ...['call', name],
  ...Object.entries(request).map(([key, value]) => `${key}=${JSON.stringify(value)}`),
];

/** The command line. */
export class CliWay implements Way {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async call(method: DescMethod, request: JsonObject): Promise<JsonObject> {
    const command = COMMANDS[method.name]?.(request);
    const args = [...(command ?? callOf(method, request)), '-o', 'json'];
    await using child = new Child(process.execPath, [MAIN, ...args], { env: { STREAMLIB_URL: this.#url } });
    const { code, stdout, stderr } = await child.end();
    if (code !== 0) throw new WayError(failureIn(stderr));
    const answer = JSON.parse(stdout) as JsonObject;
    const { responseBody } = getOption(method, http);
    return command === undefined || responseBody === '' ? answer : { [responseBody]: answer };
  }

  subscribe(request: JsonObject): Heard {
    return new CliEvents(this.#url, request);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

const FILTERS: Readonly<Record<string, string>> = {
  topics: 'topic',
  types: 'type',
  processor_id: 'processor',
  link_id: 'link',
  pipeline_id: 'pipeline',
  runner_id: 'runner',
  symbol: 'symbol',
  after: 'after',
  on_gap: 'on-gap',
};

function eventOptions(request: JsonObject): string[] {
  return Object.entries(request).flatMap(([name, value]) => {
    if (name === 'after_sequence' && value === 0) return ['--oldest'];
    if (name === 'snapshot') return value === true ? ['--snapshot'] : [];
    const option = FILTERS[name];
    if (option === undefined) throw new TypeError(`the command line has nothing for ${name}: ${value}`);
    return ([value].flat() as JsonValue[]).flatMap((each) => [`--${option}`, String(each)]);
  });
}

class CliEvents implements Heard {
  readonly items: JsonObject[] = [];
  failure: Failure | undefined;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  constructor(url: string, request: JsonObject) {
    const args = [MAIN, 'events', '-f', '-o', 'json', ...eventOptions(request)];
    const env = { ...process.env, STREAMLIB_URL: url };
    this.#child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#ended = this.#read();
  }

  async close(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
  }

  async #read(): Promise<void> {
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) return;
    let said = '';
    stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const closed = once(this.#child, 'close');
    createInterface({ input: stdout }).on('line', (line) => {
      const item = JSON.parse(line) as JsonObject;
      this.items.push('sequence' in item && 'topic' in item ? { event: item } : item);
    });
    const [code] = await closed;
    if (code !== 0 && code !== null) this.failure = failureIn(said);
  }
}

/** The error that a command has printed, which is the last thing that it prints. */
function failureIn(stderr: string): Failure {
  const line = stderr.trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) throw new Error(`the command says: ${stderr}`);
  const { error } = JSON.parse(line) as {
    error: Omit<Failure, 'fields'> & { violations?: readonly { field: string }[] };
  };
  const { code, message, reason = '', violations = [] } = error;
  return { code, message, reason, fields: violations.map(({ field }) => field) };
}
