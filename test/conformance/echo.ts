import { create, type DescMessage, fromBinary, type Message, type Registry } from '@bufbuild/protobuf';
import { type Any, anyPack } from '@bufbuild/protobuf/wkt';
import { type Code, ConnectError, type HandlerContext } from '@connectrpc/connect';

/** A header or trailer of the conformance schema. */
export interface HeaderField {
  readonly name: string;
  readonly value: readonly string[];
}

/** An error that a request asks for. */
export interface ErrorDefinition {
  readonly code: Code;
  readonly message: string | undefined;
  readonly details: readonly Any[];
}

/** A request of any of the service's methods. */
export type EchoedMessage = Message;

/** What the service saw of a call, on its way back to the caller: in an answer, or in the details of an error. */
export interface RequestInfo {
  readonly requestHeaders?: readonly HeaderField[];
  readonly timeoutMs?: bigint | undefined;
  readonly requests: readonly Any[];
  readonly connectGetInfo?: { readonly queryParams: readonly HeaderField[] } | undefined;
}

/** Says what a call looked like from inside. */
export class Echo {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  requestInfo(context: HandlerContext, messages: readonly EchoedMessage[]): RequestInfo {
    const timeoutMs = context.timeoutMs();
    return {
      requestHeaders: [...context.requestHeader].map(([name, value]) => ({
        name,
        value: value.split(/, */),
      })),
      timeoutMs: timeoutMs === undefined ? undefined : BigInt(Math.round(timeoutMs)),
      requests: this.pack(messages),
      connectGetInfo: context.requestMethod === 'GET' ? { queryParams: queryOf(context.url) } : undefined,
    };
  }

  pack(messages: readonly EchoedMessage[]): Any[] {
    return messages.map((message) => anyPack(this.#message(message.$typeName), message));
  }

  toError({ code, message, details }: ErrorDefinition, info: RequestInfo | undefined): ConnectError {
    const infoSchema = this.#message('connectrpc.conformance.v1.ConformancePayload.RequestInfo');
    const given = details.map(({ typeUrl, value }) => {
      const desc = this.#message(typeUrl.slice(typeUrl.lastIndexOf('/') + 1));
      return { desc, value: fromBinary(desc, value) };
    });
    const seen = info === undefined ? [] : [{ desc: infoSchema, value: create(infoSchema, { ...info }) }];
    return new ConnectError(message ?? '', code, undefined, [...given, ...seen]);
  }

  #message(name: string): DescMessage {
    const found = this.#registry.getMessage(name);
    if (found === undefined) throw new TypeError(`the schema has no message ${name}`);
    return found;
  }
}

function queryOf(url: string): HeaderField[] {
  return [...new URL(url).searchParams].map(([name, value]) => ({ name, value: [value] }));
}
