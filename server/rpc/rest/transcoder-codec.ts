import type { Message } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import type { BindOptions } from './bind-request.ts';
import type { Route } from './compile-routes.ts';
import { printError, statusErrorBody } from './error-body.ts';
import { bindErrorToConnect } from './field-problem.ts';
import { getRawBody, isHttpBody, type RawBody } from './http-body.ts';
import { httpStatusOf } from './http-status.ts';
import { canonicalJsonStyle } from './json-style.ts';
import { createJsonPrinter, type JsonPrinter } from './print-json.ts';
import { createJsonReader } from './read-json.ts';
import type { TranscoderOptions } from './transcoder-options.ts';
import type { Answer } from './write-response.ts';

const jsonType = 'application/json';

/** Everything that turns messages and errors into text, and text into messages, for one set of options. */
export interface TranscoderCodec {
  readonly binding: BindOptions;
  readonly printer: JsonPrinter;
  /** The answer of a method as JSON: the whole response or its response field. */
  printResponse(route: Route, message: Message): string;
  /** The raw answer of a method whose response, or response field, is an HttpBody; else undefined. */
  rawResponse(route: Route, message: Message): RawBody | undefined;
  /** What a caller may see of an error: anything but a ConnectError or a bad field becomes `internal error`. */
  toConnectError(error: unknown): ConnectError;
  printError(error: ConnectError): string;
  successAnswer(route: Route, message: Message, headers: Headers | undefined): Answer;
  errorAnswer(error: ConnectError): Answer;
}

/** The codec for these options. */
export function createTranscoderCodec(options: TranscoderOptions): TranscoderCodec {
  const printer = createJsonPrinter(options.jsonStyle ?? canonicalJsonStyle, options.registry);
  const errorBody = options.errorBody ?? statusErrorBody;
  const codec: TranscoderCodec = {
    printer,
    binding: {
      reader: createJsonReader(options.registry),
      ignoredQueryParameters: new Set(options.ignoredQueryParameters),
    },
    printResponse({ method, responseField }, message) {
      return responseField === undefined
        ? printer.print(method.output, message)
        : printer.printField(responseField, message);
    },
    rawResponse({ method, responseField }, message) {
      if (responseField === undefined)
        return isHttpBody(method.output) ? getRawBody(method.output, message) : undefined;
      if (responseField.fieldKind !== 'message' || !isHttpBody(responseField.message)) return undefined;
      const members = message as unknown as Record<string, Message | undefined>;
      const body = members[responseField.localName];
      return body === undefined ? emptyRawBody : getRawBody(responseField.message, body);
    },
    toConnectError(error) {
      const converted = bindErrorToConnect(error, options.describeBindError);
      if (converted instanceof ConnectError) {
        options.describeError?.(converted);
        return converted;
      }
      options.onInternalError?.(error);
      return new ConnectError('internal error', Code.Internal, undefined, undefined, error);
    },
    printError: (error) => printError(error, errorBody, printer),
    successAnswer(route, message, headers) {
      const raw = codec.rawResponse(route, message);
      return raw === undefined
        ? { status: 200, headers, contentType: jsonType, body: codec.printResponse(route, message) }
        : { status: 200, headers, contentType: raw.contentType, body: raw.data };
    },
    errorAnswer(error) {
      const headers = new Headers(error.metadata);
      if (error.code === Code.Unauthenticated && !headers.has('www-authenticate')) {
        headers.set('www-authenticate', options.authenticateChallenge ?? 'Bearer');
      }
      return { status: httpStatusOf(error), headers, contentType: jsonType, body: codec.printError(error) };
    },
  };
  return codec;
}

const emptyRawBody: RawBody = { contentType: 'application/octet-stream', data: new Uint8Array() };
