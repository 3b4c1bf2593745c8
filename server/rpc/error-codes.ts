import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { BadRequestSchema, ErrorInfoSchema } from '../../gen/ts/google/rpc/error_details_pb.ts';
import {
  ERROR_REASONS,
  type ErrorReason,
  type ErrorStatus,
  type FieldFault,
  StreamlibError,
} from '../runtime/index.ts';
import { httpStatusOfCode } from './rest/index.ts';

/** The domain of every reason in `google.rpc.ErrorInfo`. */
export const ERROR_DOMAIN = 'streamlib';

const CODES: Readonly<Record<ErrorStatus, Code>> = {
  invalid_argument: Code.InvalidArgument,
  not_found: Code.NotFound,
  already_exists: Code.AlreadyExists,
  failed_precondition: Code.FailedPrecondition,
  aborted: Code.Aborted,
  resource_exhausted: Code.ResourceExhausted,
  out_of_range: Code.OutOfRange,
  unavailable: Code.Unavailable,
  deadline_exceeded: Code.DeadlineExceeded,
  canceled: Code.Canceled,
  unimplemented: Code.Unimplemented,
  internal: Code.Internal,
};

/** The reason of a failure that the protocol itself found, and that therefore names none. */
export const REASONS_OF_CODES: Partial<Record<Code, ErrorReason>> = {
  [Code.InvalidArgument]: 'FIELD_INVALID',
  [Code.Unimplemented]: 'UNIMPLEMENTED',
  [Code.DeadlineExceeded]: 'DEADLINE_EXCEEDED',
  [Code.Canceled]: 'CANCELLED',
  [Code.ResourceExhausted]: 'QUOTA',
  [Code.Internal]: 'INTERNAL',
};

/** Bytes that are no message. */
const UNREADABLE = /^(parse binary: |decompression failed)/;

/** INTERNAL is what gRPC wants for it. */
const COMPRESSED_BY_NOTHING = /^received compressed envelope, but /;

/** What bytes from outside can cause is no fault of ours, whatever the protocol's library calls it. */
export const isUnreadable = ({ code, rawMessage }: ConnectError): boolean =>
  code === Code.Internal && UNREADABLE.test(rawMessage);

/** The HTTP status that REST answers for a reason. */
export const statusOfReason = (reason: ErrorReason): number => httpStatusOfCode(CODES[ERROR_REASONS[reason]]);

/** What ConnectError takes as details. */
export type ErrorDetail = { desc: DescMessage; value: MessageInitShape<DescMessage> };

/** The details of a failure: its reason, named values, and the fields at fault. */
export function errorDetails(
  reason: ErrorReason,
  metadata: Readonly<Record<string, string>> = {},
  faults: readonly FieldFault[] = [],
): ErrorDetail[] {
  const info = { reason, domain: ERROR_DOMAIN, metadata: { ...metadata } };
  const details: ErrorDetail[] = [{ desc: ErrorInfoSchema, value: create(ErrorInfoSchema, info) }];
  if (faults.length > 0) {
    const fieldViolations = faults.map(({ path, message }) => ({
      field: path,
      description: message,
      reason,
    }));
    details.push({ desc: BadRequestSchema, value: create(BadRequestSchema, { fieldViolations }) });
  }
  return details;
}

/**
 * Any failure as the error that a caller gets. The text of a failure that is no StreamlibError, or that is an
 * INTERNAL one, stays here as the cause and is not sent.
 */
export function toConnectError(error: unknown): ConnectError {
  if (error instanceof StreamlibError) return fromStreamlibError(error);
  if (error instanceof ConnectError) return withReason(error);
  return internal(error);
}

/** Whether the failure is ours and not the caller's, so that its cause belongs in the log. */
export function isInternal(error: ConnectError): boolean {
  return error.code === Code.Internal && !COMPRESSED_BY_NOTHING.test(error.rawMessage);
}

function fromStreamlibError(error: StreamlibError): ConnectError {
  const { code, message, path, details, faults } = error;
  if (code === 'INTERNAL') return internal(error);
  const allFaults = faults.length > 0 || path === '' ? faults : [{ path, message }];
  return new ConnectError(
    message,
    CODES[ERROR_REASONS[code]],
    undefined,
    errorDetails(code, details, allFaults),
    error,
  );
}

function withReason(error: ConnectError): ConnectError {
  if (error.code === Code.Unknown) return internal(error);
  const code = isUnreadable(error) ? Code.InvalidArgument : error.code;
  const reason = REASONS_OF_CODES[code];
  if (reason === undefined || error.details.length > 0) return error;
  return new ConnectError(error.rawMessage, code, error.metadata, errorDetails(reason), error.cause);
}

function internal(cause: unknown): ConnectError {
  return new ConnectError('internal error', Code.Internal, undefined, errorDetails('INTERNAL'), cause);
}
