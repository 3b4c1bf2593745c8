import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { type DescMethod, getOption, type JsonObject, type JsonValue } from '@bufbuild/protobuf';
import { http } from '../../../gen/ts/google/api/annotations_pb.ts';
import { Child } from '../../support/child.ts';
import { type Failure, type Heard, type Way, WayError } from './way.ts';

const RETRY_MS = 100;

/** REST by curl: path, query and body are put together after the routes. */
export class CurlWay implements Way {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async call(method: DescMethod, request: JsonObject): Promise<JsonObject> {
    const { pattern, body, responseBody } = getOption(method, http);
    const rest = { ...request };
    const path = String(pattern.value).replace(/\{(\w+)\}/g, (_, field: string) => {
      const value = encodeURIComponent(String(rest[field]));
      delete rest[field];
      return value;
    });
    const content =
      body === '*' ? ['-H', 'content-type: application/json', '--data', JSON.stringify(rest)] : [];
    const query = body === '*' ? '' : queryOf(rest);
    const args = ['-X', String(pattern.case).toUpperCase(), ...content, this.#url + path + query];
    await using curl = new Child('curl', ['-sS', '--max-time', '60', '-w', '\n%{http_code}', ...args]);
    const { code, stdout, stderr } = await curl.end();
    if (code !== 0) throw new Error(`curl ${args.join(' ')}: ${stderr}`);
    const end = stdout.lastIndexOf('\n');
    const answer = JSON.parse(stdout.slice(0, end)) as JsonObject;
    if (stdout.slice(end + 1) !== '200') throw new WayError(failureOf(answer));
    return responseBody === '' ? answer : { [responseBody]: answer };
  }

  subscribe(request: JsonObject): Heard {
    return new CurlEvents(this.#url, request);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Server-sent events: what ends is asked for again, behind the last id, as browsers do. */
class CurlEvents implements Heard {
  readonly items: JsonObject[] = [];
  failure: Failure | undefined;
  readonly #url: string;
  readonly #request: JsonObject;
  readonly #ended: Promise<void>;
  #curl: ChildProcess | undefined;
  #lastId = '';
  #isClosed = false;

  constructor(url: string, request: JsonObject) {
    this.#url = url;
    this.#request = request;
    this.#ended = this.#follow();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#curl?.kill();
    await this.#ended;
  }

  async #follow(): Promise<void> {
    while (!this.#isClosed && this.failure === undefined) {
      const last = this.#lastId === '' ? [] : ['-H', `Last-Event-ID: ${this.#lastId}`];
      const address = `${this.#url}/api/events${queryOf(this.#request)}`;
      const args = ['-sSN', '-H', 'accept: text/event-stream', ...last, address];
      this.#curl = spawn('curl', args, { stdio: ['ignore', 'pipe', 'ignore'] });
      const closed = once(this.#curl, 'close');
      await this.#read(this.#curl);
      await closed;
      await pause(RETRY_MS);
    }
  }

  async #read({ stdout }: ChildProcess): Promise<void> {
    if (stdout === null) return;
    let id = '';
    for await (const line of createInterface({ input: stdout })) {
      if (line.startsWith('id: ')) id = line.slice('id: '.length);
      if (line.startsWith('{')) this.failure = failureOf(JSON.parse(line));
      if (line.startsWith('data: ')) this.#take(JSON.parse(line.slice('data: '.length)) as JsonObject);
      // It counts once the event is complete.
      if (line === '' && id !== '') this.#lastId = id;
    }
  }

  #take(item: JsonObject): void {
    // An error has its own fields beside its name.
    if ('code' in item && 'error' in item) this.failure = failureOf(item);
    else if ('error' in item) this.failure = failureOf(item.error as JsonObject);
    else if (['event', 'gap', 'snapshot', 'snapshot_end'].some((kind) => kind in item)) this.items.push(item);
  }
}

function queryOf(fields: JsonObject): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    for (const each of [value].flat() as JsonValue[]) query.append(name, String(each));
  return query.size === 0 ? '' : `?${query}`;
}

interface Detail {
  readonly reason?: string;
  readonly field_violations?: readonly { readonly field: string }[];
}

function failureOf(body: JsonValue): Failure {
  const {
    code,
    message,
    details = [],
  } = body as unknown as Omit<Failure, 'fields' | 'reason'> & {
    details?: readonly Detail[];
  };
  return {
    code,
    message,
    reason: details.find(({ reason }) => reason !== undefined)?.reason ?? '',
    fields: details.flatMap(({ field_violations = [] }) => field_violations).map(({ field }) => field),
  };
}
