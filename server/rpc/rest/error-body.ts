import { create, type JsonObject, type JsonValue, toBinary } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import type { ConnectError } from '@connectrpc/connect';
import { codeToString } from '@connectrpc/connect/protocol-connect';
import type { JsonPrinter } from './print-json.ts';

/** Makes the JSON body of an error. Each detail is the message as JSON with its `@type`. */
export type ErrorBody = (error: ConnectError, details: JsonValue[]) => JsonObject;

/** The default: google.rpc.Status, with the number of the code. */
export function statusErrorBody(error: ConnectError, details: JsonValue[]): JsonObject {
  return { code: error.code, message: error.rawMessage, details };
}

/** The code by name, as `not_found`, and the message also under `error`, where simple clients look for text. */
export function plainErrorBody(error: ConnectError, details: JsonValue[]): JsonObject {
  return { error: error.rawMessage, code: codeToString(error.code), message: error.rawMessage, details };
}

/**
 * The body of an error as JSON text. A detail of a type that the printer's registry does not know is written with
 * its bytes in base64 as `value`.
 */
export function printError(error: ConnectError, body: ErrorBody, printer: JsonPrinter): string {
  const details = error.details.map((detail): JsonValue => {
    const any =
      'desc' in detail
        ? { typeName: detail.desc.typeName, value: encodeDetail(detail) }
        : { typeName: detail.type, value: detail.value };
    const message = create(AnySchema, { typeUrl: `type.googleapis.com/${any.typeName}`, value: any.value });
    return JSON.parse(printer.print(AnySchema, message));
  });
  return JSON.stringify(body(error, details));
}

function encodeDetail(detail: Extract<ConnectError['details'][number], { desc: unknown }>): Uint8Array {
  return toBinary(detail.desc, create(detail.desc, detail.value));
}
