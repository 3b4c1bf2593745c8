import type { DescMethod, DescService, JsonObject } from '@bufbuild/protobuf';

/** A failed call, in the same form whichever door it came through. */
export class CallError extends Error {
  readonly code: string;
  readonly reason: string;
  readonly fields: readonly string[];

  constructor(code: string, message: string, reason = '', fields: readonly string[] = []) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.fields = fields;
  }
}

/** One way into a server. Requests and answers are canonical ProtoJSON. */
export interface Door extends Disposable {
  /** Resolves with the answer, of a server stream with the first. Rejects with a CallError. */
  call(service: DescService, method: string, request: JsonObject): Promise<JsonObject>;
}

/** The method of a service by its name in the schema. */
export function methodOf(service: DescService, name: string): DescMethod {
  const method = service.methods.find((one) => one.name === name);
  if (method === undefined) throw new TypeError(`${service.typeName} has no method ${name}`);
  return method;
}
