import { Code, type ConnectError } from '@connectrpc/connect';
import type { ErrorReason, FieldFault } from '../runtime/index.ts';
import { errorDetails, isUnreadable, REASONS_OF_CODES } from './error-codes.ts';

const UNKNOWN_KEY = /^cannot decode message [\w.]+ from JSON: key "(.*)" is unknown$/s;
const BAD_FIELD = /^cannot decode field (?:[\w.]+\.)?(\w+) from JSON: /;

/**
 * Gives an error that the protocol's library made, which names no reason, the reason and the field that its text names.
 * Only the innermost name is known: `to_port`, where the field is `target.links[2].to_port`. Errors that have details
 * stay as they are.
 */
export function describeProtocolError(error: ConnectError): void {
  if (error.details.length > 0) return;
  if (isUnreadable(error)) Object.assign(error, { code: Code.InvalidArgument });
  const { reason, faults } = blameOf(error);
  if (reason !== undefined) error.details = errorDetails(reason, {}, faults);
}

function blameOf({ code, rawMessage: message }: ConnectError): {
  reason: ErrorReason | undefined;
  faults: FieldFault[];
} {
  const unknown = UNKNOWN_KEY.exec(message)?.[1];
  if (unknown !== undefined) return { reason: 'FIELD_UNKNOWN', faults: [{ path: unknown, message }] };
  const field = BAD_FIELD.exec(message)?.[1];
  const faults = field === undefined ? [] : [{ path: field, message }];
  return { reason: REASONS_OF_CODES[code], faults };
}
