import { Code, ConnectError } from '@connectrpc/connect';

/** Whether the schema has no such field, or has it and does not take the value. */
export type FieldProblemKind = 'unknown' | 'invalid';

/** Details to attach to an error; what ConnectError takes. */
export type ErrorDetails = NonNullable<ConstructorParameters<typeof ConnectError>[3]>;

/**
 * Makes the details of an error about a field of the request. `field` is the path from the request message, as
 * `config.gain` or `nodes[3].name`, and empty for the message as a whole; `value` is what was sent.
 */
export type DescribeBindError = (
  kind: FieldProblemKind,
  field: string,
  value: unknown,
  description: string,
) => ErrorDetails;

const shownCharacters = 80;

/**
 * A part of a request that cannot be bound. Names the field and the value; `reason` says what would have been
 * right, as "must be true or false".
 */
export class FieldProblem extends Error {
  override readonly name = 'FieldProblem';
  readonly kind: FieldProblemKind;
  readonly field: string;
  readonly value: unknown;
  readonly reason: string;

  constructor(kind: FieldProblemKind, field: string, value: unknown, reason: string) {
    super(`${field === '' ? 'request body' : field} ${reason}, was ${formatValue(value)}`);
    this.kind = kind;
    this.field = field;
    this.value = value;
    this.reason = reason;
  }
}

/** The field does not exist. */
export function unknownField(field: string, value: unknown): FieldProblem {
  return new FieldProblem('unknown', field, value, 'is an unknown field');
}

/** The field exists and does not take the value. */
export function invalidField(field: string, value: unknown, reason: string): FieldProblem {
  return new FieldProblem('invalid', field, value, reason);
}

/** The error a caller gets: INVALID_ARGUMENT with the details that `describe` makes. Other errors pass. */
export function bindErrorToConnect(error: unknown, describe: DescribeBindError | undefined): unknown {
  if (!(error instanceof FieldProblem)) return error;
  const details = describe?.(error.kind, error.field, error.value, error.message);
  return new ConnectError(error.message, Code.InvalidArgument, undefined, details, error);
}

function formatValue(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
}
