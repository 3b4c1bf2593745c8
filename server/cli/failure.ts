import { Code, ConnectError } from '@connectrpc/connect';
import { StreamlibError as ServerError } from '../../clients/typescript/src/streamlib-error.ts';
import { StreamlibError } from '../runtime/errors.ts';
import type { JsonObject } from '../runtime/json.ts';
import { UsageError } from './command.ts';

/** The exit codes of the command line; 0 is done. */
export const EXIT_CODES = {
  /** The server refused it, or it came to nothing. */
  failed: 1,
  /** The command line cannot be understood, as shells have it. */
  usage: 2,
  /** No server answers. */
  unreachable: 3,
} as const;

/** What went wrong, for people and for scripts. */
export interface Failure {
  readonly exitCode: number;
  readonly message: string;
  readonly json: JsonObject;
}

/** What a command threw, in words for the terminal and as `-o json` prints it. */
export function failureOf(error: unknown): Failure {
  if (error instanceof UsageError) return failure('usage', error.message, { code: 'invalid_argument' });
  if (error instanceof StreamlibError) {
    const violations = error.faults.map(({ path, message }) => ({ field: path, description: message }));
    return failure('failed', error.message, {
      code: error.status,
      reason: error.code,
      metadata: error.details,
      violations,
    });
  }
  if (!(error instanceof ConnectError))
    return failure('failed', error instanceof Error ? error.message : String(error), { code: 'unknown' });
  const { reason, info, violations, code, rawMessage } = ServerError.from(error);
  const fields = {
    code: codeName(code),
    reason,
    metadata: { ...info },
    violations: violations.map(({ field, description }) => ({ field, description })),
  };
  const missing = missingServer(error);
  if (missing === undefined) return failure('failed', rawMessage, fields);
  const text = `no server answers: ${missing}; start one with "streamlib serve", or name another with --url or STREAMLIB_URL`;
  return failure('unreachable', text, fields);
}

function failure(kind: keyof typeof EXIT_CODES, message: string, fields: JsonObject): Failure {
  const { code, reason, metadata, violations } = fields as Record<string, unknown>;
  const json: unknown = {
    code,
    ...(reason ? { reason } : {}),
    message,
    ...(isEmpty(violations) ? {} : { violations }),
    ...(isEmpty(metadata) ? {} : { metadata }),
  };
  return { exitCode: EXIT_CODES[kind], message, json: json as JsonObject };
}

const isEmpty = (value: unknown): boolean => Object.keys(value ?? {}).length === 0;

/** Why nobody is there, where nobody is. */
function missingServer({ code, cause }: ConnectError): string | undefined {
  if (code !== Code.Unavailable || !(cause instanceof Error)) return undefined;
  const text = cause.message || String((cause as NodeJS.ErrnoException).code);
  return /ECONN|ENOTFOUND|EAI_AGAIN|EHOST|ENET|ETIMEDOUT/.test(
    `${text} ${(cause as NodeJS.ErrnoException).code}`,
  )
    ? text
    : undefined;
}

/** `not_found`, as REST writes it. */
const codeName = (code: Code): string =>
  (Code[code] ?? String(code)).replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
