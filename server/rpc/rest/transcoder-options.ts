import type { DescExtension, DescService, Message, Registry } from '@bufbuild/protobuf';
import type { ConnectError, ContextValues } from '@connectrpc/connect';
import type { UniversalHandler } from '@connectrpc/connect/protocol';
import type { ErrorBody } from './error-body.ts';
import type { DescribeBindError } from './field-problem.ts';
import type { UnaryCall } from './invoke-handler.ts';
import type { JsonStyle } from './json-style.ts';
import type { NodeRequest } from './write-response.ts';

/** What a transcoder is made from. */
export interface TranscoderOptions {
  /** The services whose annotated methods become routes. */
  readonly services: readonly DescService[];
  /** The handlers of these services, from `ConnectRouter.handlers`. A route without one answers UNIMPLEMENTED. */
  readonly handlers: readonly UniversalHandler[];
  /**
   * How unary methods are called instead of through their handlers, by their paths as `/package.Service/Method`. What
   * costs: a handler takes and gives bytes. Default: none.
   */
  readonly unaryCalls?: ReadonlyMap<string, UnaryCall>;
  /** Aborted, with the reason that callers get, when open calls are to end that have no handler to end them. */
  readonly closing?: AbortSignal;
  /** The extension `google.api.http`, from generated code or from a file registry. */
  readonly httpRule: DescExtension;
  /** Resolves `google.protobuf.Any`, the details of errors among them. */
  readonly registry: Registry;
  /** How answers are written. Default: canonical ProtoJSON. */
  readonly jsonStyle?: JsonStyle;
  /** The shape of an error. Default: google.rpc.Status. */
  readonly errorBody?: ErrorBody;
  /** Details of an error about a request field. Default: none. */
  readonly describeBindError?: DescribeBindError;
  /**
   * Sees every error before it is written and may add details to it, as to those that the library itself throws and that
   * have none. Default: nothing.
   */
  readonly describeError?: (error: ConnectError) => void;
  /** Bound on a request body, before and after decompression. Default: 4 MiB, as gRPC servers have it. */
  readonly maxBodyBytes?: number;
  /** Query parameters that are skipped instead of refused, as cache busters of a client library. Default: none. */
  readonly ignoredQueryParameters?: readonly string[];
  /** `WWW-Authenticate` of a 401 whose handler set none. Default: `Bearer`. */
  readonly authenticateChallenge?: string;
  /** The id of a server-sent event. Default: the place of the message in its stream, from 1. */
  readonly eventId?: (message: Message, place: number) => string;
  /** Context values of the call, as for the adapters of connect-node. */
  readonly contextValues?: (request: NodeRequest) => ContextValues;
  /** Called with every error that is no ConnectError; the caller only sees `internal error`. */
  readonly onInternalError?: (error: unknown) => void;
}
