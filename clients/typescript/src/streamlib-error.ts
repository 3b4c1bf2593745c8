import { Code, ConnectError, type Interceptor } from '@connectrpc/connect';
import { BadRequestSchema, ErrorInfoSchema } from '../../../gen/ts/google/rpc/error_details_pb.ts';

/** What is wrong with a field of a request. */
export interface FieldViolation {
  /** Its path: `processor.config.gain`. */
  readonly field: string;
  readonly description: string;
  readonly reason: string;
}

const BRAND = Symbol.for('streamlib.StreamlibError');

/**
 * What every call throws: the error of Connect, so that whoever knows that one can go on to use it, with what streamlib
 * says in its details. `code` is the status (`Code.NotFound`), `rawMessage` the text without it.
 */
export class StreamlibError extends ConnectError {
  /** One of docs/errors.md, as `PROCESSOR_NOT_FOUND`; empty where the error is not streamlib's, as of a lost connection. */
  readonly reason: string;
  /** What belongs to the reason, as the id that was not found. */
  readonly info: Readonly<Record<string, string>>;
  readonly violations: readonly FieldViolation[];
  readonly [BRAND] = true;

  // NB: ConnectError takes whatever looks like one for its own.
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && BRAND in value;
  }

  constructor(error: ConnectError) {
    super(error.rawMessage, error.code, error.metadata, undefined, error.cause);
    this.details = error.details;
    const info = error.findDetails(ErrorInfoSchema).find(({ domain }) => domain === 'streamlib');
    this.reason = info?.reason ?? '';
    this.info = info?.metadata ?? {};
    this.violations = error
      .findDetails(BadRequestSchema)
      .flatMap(({ fieldViolations }) => fieldViolations)
      .map(({ field, description, reason }) => ({ field, description, reason }));
  }

  /** Whether the same call may succeed when it is made again. */
  get isRetryable(): boolean {
    return this.code === Code.Unavailable || this.code === Code.ResourceExhausted;
  }

  static override from(error: unknown, code?: Code): StreamlibError {
    return error instanceof StreamlibError ? error : new StreamlibError(ConnectError.from(error, code));
  }
}

/** Has calls and streams throw StreamlibError. */
export const typedErrors: Interceptor = (next) => async (request) => {
  try {
    const response = await next(request);
    return response.stream ? { ...response, message: withTypedErrors(response.message) } : response;
  } catch (error) {
    throw StreamlibError.from(error);
  }
};

async function* withTypedErrors<Message>(messages: AsyncIterable<Message>): AsyncGenerator<Message> {
  try {
    yield* messages;
  } catch (error) {
    throw StreamlibError.from(error);
  }
}
