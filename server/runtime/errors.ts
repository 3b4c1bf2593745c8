/** The canonical status that a reason stands for; one table in rpc maps it to Connect codes and HTTP statuses. */
export type ErrorStatus =
  | 'invalid_argument'
  | 'not_found'
  | 'already_exists'
  | 'failed_precondition'
  | 'aborted'
  | 'resource_exhausted'
  | 'out_of_range'
  | 'unavailable'
  | 'deadline_exceeded'
  | 'canceled'
  | 'unimplemented'
  | 'internal';

/** Every reason that streamlib gives for a failure, and its status. docs/errors.md explains each. */
export const ERROR_REASONS = {
  PROCESSOR_TYPE_UNKNOWN: 'invalid_argument',
  CONFIG_INVALID: 'invalid_argument',
  FIELD_UNKNOWN: 'invalid_argument',
  FIELD_INVALID: 'invalid_argument',
  PORT_UNKNOWN: 'invalid_argument',
  PORT_TYPE_MISMATCH: 'invalid_argument',
  CYCLE: 'invalid_argument',
  ID_INVALID: 'invalid_argument',
  REQUEST_ID_REUSED: 'invalid_argument',
  GRAPH_FILE_INVALID: 'invalid_argument',
  PROCESSOR_NOT_FOUND: 'not_found',
  LINK_NOT_FOUND: 'not_found',
  PIPELINE_NOT_FOUND: 'not_found',
  RUNNER_NOT_FOUND: 'not_found',
  STRATEGY_NOT_FOUND: 'not_found',
  REVISION_NOT_FOUND: 'not_found',
  PROCESSOR_TYPE_NOT_FOUND: 'not_found',
  BACKTEST_NOT_FOUND: 'not_found',
  DEAD_LETTER_NOT_FOUND: 'not_found',
  SYMBOL_NOT_FOUND: 'not_found',
  STRATEGY_INVALID: 'invalid_argument',
  ID_TAKEN: 'already_exists',
  INPUT_TAKEN: 'failed_precondition',
  OWNED: 'failed_precondition',
  STRATEGY_FAILED: 'failed_precondition',
  NOT_RUNNING: 'failed_precondition',
  COMMIT_FAILED: 'failed_precondition',
  SERVICE_PROCESSOR: 'failed_precondition',
  ADDRESS_IN_USE: 'failed_precondition',
  SETUP_FAILED: 'failed_precondition',
  PROCESS_FAILED: 'failed_precondition',
  LANE_LOST: 'failed_precondition',
  JOURNAL_LOCKED: 'failed_precondition',
  JOURNAL_DAMAGED: 'failed_precondition',
  JOURNAL_TOO_NEW: 'failed_precondition',
  JOURNAL_READ_ONLY: 'failed_precondition',
  REVISION_MISMATCH: 'aborted',
  QUEUE_FULL: 'resource_exhausted',
  LANES: 'resource_exhausted',
  QUOTA: 'resource_exhausted',
  RESTART_BUDGET: 'resource_exhausted',
  RESUME_POINT_LOST: 'out_of_range',
  SERVER_SHUTTING_DOWN: 'unavailable',
  JOURNAL_UNAVAILABLE: 'unavailable',
  DEADLINE_EXCEEDED: 'deadline_exceeded',
  CANCELLED: 'canceled',
  UNIMPLEMENTED: 'unimplemented',
  INTERNAL: 'internal',
} as const satisfies Record<string, ErrorStatus>;

/**
 * Reasons for which no restart strategy sets a processor up again: it has ended by a rule of its own, or its setup would
 * fail in the same way each time.
 */
const FINAL_REASONS: ReadonlySet<string> = new Set<ErrorReason>(['STRATEGY_FAILED', 'STRATEGY_INVALID']);

export const isFinalReason = (reason: ErrorReason): boolean => FINAL_REASONS.has(reason);

/** A reason of the closed list. */
export type ErrorReason = keyof typeof ERROR_REASONS;

/** One fault of one field, where a failure has several. */
export interface FieldFault {
  readonly path: string;
  readonly message: string;
}

/** What an error carries beside its text. */
export interface StreamlibErrorOptions {
  /** The field at fault: `config.gain`, `links[3].to_port`. */
  readonly path?: string;
  /** Named values for programs. */
  readonly details?: Readonly<Record<string, string>>;
  readonly faults?: readonly FieldFault[];
  /** Kept for logs, never sent. */
  readonly cause?: unknown;
}

/** An error as it crosses threads, where classes do not. */
export interface PlainError {
  readonly code: ErrorReason;
  readonly message: string;
  readonly path: string;
  readonly details: Readonly<Record<string, string>>;
  readonly faults: readonly FieldFault[];
}

/**
 * The error of every fallible call of streamlib. Tell errors apart by `code`, not by class: the class is
 * lost when an error crosses to another thread and is rebuilt there.
 */
export class StreamlibError extends Error {
  override readonly name = 'StreamlibError';
  readonly code: ErrorReason;
  readonly path: string;
  readonly details: Readonly<Record<string, string>>;
  readonly faults: readonly FieldFault[];

  constructor(code: ErrorReason, message: string, options: StreamlibErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.path = options.path ?? '';
    this.details = options.details ?? {};
    this.faults = options.faults ?? [];
  }

  get status(): ErrorStatus {
    return ERROR_REASONS[this.code];
  }

  /** Takes the error as it is if it is one of ours; anything else becomes `fallback` with its text and cause. */
  static from(error: unknown, fallback: ErrorReason = 'INTERNAL'): StreamlibError {
    if (error instanceof StreamlibError) return error;
    const message = error instanceof Error ? error.message : String(error);
    return new StreamlibError(fallback, message, { cause: error });
  }

  toPlain(): PlainError {
    const { code, message, path, details, faults } = this;
    return { code, message, path, details, faults };
  }

  static fromPlain(plain: PlainError): StreamlibError {
    return new StreamlibError(plain.code, plain.message, plain);
  }
}
