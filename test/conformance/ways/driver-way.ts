import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type DescMessage, type DescMethod, type JsonObject, toJson } from '@bufbuild/protobuf';
import { SubscribeRequestSchema } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { messageFrom } from '../../../server/cli/message-from.ts';
import { ROOT } from '../../support/child.ts';
import { asRest, type Failure, type Heard, itemAsRest, type Way, WayError } from './way.ts';

interface Line {
  readonly id: number;
  readonly ok?: JsonObject;
  readonly item?: JsonObject;
  readonly end?: JsonObject;
  readonly error?: {
    readonly code: string;
    readonly reason?: string;
    readonly message: string;
    readonly violations?: readonly { readonly field: string }[];
  };
}

/** A client by its program of `conformance/`, which is driven by JSON lines. */
export class DriverWay implements Way {
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #takers = new Map<number, (line: Line) => void>();
  #stderr = '';
  #lastId = 0;

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.#process = spawn(command, [...args], { cwd: ROOT, env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#exited = once(this.#process, 'close');
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    if (this.#process.stdout === null) throw new Error('a driver without an output');
    createInterface({ input: this.#process.stdout }).on('line', (text) => {
      const line = JSON.parse(text) as Line;
      this.#takers.get(line.id)?.(line);
    });
    void this.#exited.then(() => {
      const error = { code: 'driver_ended', message: this.#stderr };
      for (const [id, take] of this.#takers) take({ id, error });
    });
  }

  call(method: DescMethod, request: JsonObject): Promise<JsonObject> {
    const { promise, resolve, reject } = Promise.withResolvers<JsonObject>();
    const id = this.#send(
      {
        op: 'call',
        service: method.parent.name,
        method: method.name,
        request: canonical(method.input, request),
      },
      ({ ok, error }) => {
        this.#takers.delete(id);
        if (error !== undefined) reject(new WayError(failureOf(error)));
        else resolve(asRest(method.output, ok ?? {}));
      },
    );
    return promise;
  }

  subscribe(request: JsonObject): Heard {
    const items: JsonObject[] = [];
    const ended = Promise.withResolvers<void>();
    let failure: Failure | undefined;
    const id = this.#send(
      { op: 'subscribe', request: canonical(SubscribeRequestSchema, request) },
      ({ item, error }) => {
        if (item !== undefined) {
          items.push(itemAsRest(item));
          return;
        }
        if (error !== undefined) failure = failureOf(error);
        this.#takers.delete(id);
        ended.resolve();
      },
    );
    return {
      items,
      get failure() {
        return failure;
      },
      close: () => {
        this.#write({ id, op: 'cancel' });
        return ended.promise;
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin?.end();
    await this.#exited;
  }

  #send(operation: JsonObject, take: (line: Line) => void): number {
    const id = ++this.#lastId;
    this.#takers.set(id, take);
    this.#write({ id, ...operation });
    return id;
  }

  #write(operation: JsonObject): void {
    this.#process.stdin?.write(`${JSON.stringify(operation)}\n`);
  }
}

const canonical = (desc: DescMessage, request: JsonObject): JsonObject =>
  toJson(desc, messageFrom(desc, request), { useProtoFieldName: true }) as JsonObject;

const failureOf = ({ code, reason = '', message, violations = [] }: NonNullable<Line['error']>): Failure => ({
  code,
  reason,
  message,
  fields: violations.map(({ field }) => field),
});
