import { Code, type ConnectError } from '@connectrpc/connect';

// As google/rpc/code.proto maps them.
const statuses: Readonly<Record<Code, number>> = {
  [Code.Canceled]: 499,
  [Code.Unknown]: 500,
  [Code.InvalidArgument]: 400,
  [Code.DeadlineExceeded]: 504,
  [Code.NotFound]: 404,
  [Code.AlreadyExists]: 409,
  [Code.PermissionDenied]: 403,
  [Code.ResourceExhausted]: 429,
  [Code.FailedPrecondition]: 400,
  [Code.Aborted]: 409,
  [Code.OutOfRange]: 400,
  [Code.Unimplemented]: 501,
  [Code.Internal]: 500,
  [Code.Unavailable]: 503,
  [Code.DataLoss]: 500,
  [Code.Unauthenticated]: 401,
};

/** The HTTP status of an error: its own where it has one (405, 413, 415), else the one of its code. */
export function httpStatusOf(error: ConnectError): number {
  if ('httpStatus' in error && typeof error.httpStatus === 'number') return error.httpStatus;
  return statuses[error.code];
}

/** The HTTP status that a code maps to. */
export const httpStatusOfCode = (code: Code): number => statuses[code];
