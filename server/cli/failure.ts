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
  if (error instanceof UsageError) return failure(EXIT_CODES.usage, error.message, 'invalid_argument');
  if (error instanceof StreamlibError) {
    const violations = error.faults.map(({ path, message }) => ({ field: path, description: message }));
    return failure(EXIT_CODES.failed, error.message, error.status, error.code, violations, error.details);
  }
  if (!(error instanceof ConnectError))
    return failure(EXIT_CODES.failed, error instanceof Error ? error.message : String(error), 'unknown');
  const { reason, info, violations, code, rawMessage } = ServerError.from(error);
  const missing = missingServer(error);
  if (missing !== undefined) {
    const advice = 'start one with "streamlib serve", or name another with --url or STREAMLIB_URL';
    return failure(EXIT_CODES.unreachable, `no server answers: ${missing}; ${advice}`, codeName(code));
  }
  const fields = violations.map(({ field, description }) => ({ field, description }));
  return failure(EXIT_CODES.failed, rawMessage, codeName(code), reason, fields, info);
}

function failure(
  exitCode: number,
  message: string,
  code: string,
  reason = '',
  violations: readonly JsonObject[] = [],
  metadata: Readonly<Record<string, string>> = {},
): Failure {
  const json: JsonObject = {
    code,
    ...(reason && { reason }),
    message,
    ...(violations.length > 0 && { violations: [...violations] }),
    ...(Object.keys(metadata).length > 0 && { metadata: { ...metadata } }),
  };
  return { exitCode, message, json };
}

const NOBODY_THERE = /ECONN|ENOTFOUND|EAI_AGAIN|EHOST|ENET|ETIMEDOUT/;

/** Why nobody is there, where nobody is. */
function missingServer({ code, cause }: ConnectError): string | undefined {
  if (code !== Code.Unavailable || !(cause instanceof Error)) return undefined;
  const { message, code: name = '' } = cause as NodeJS.ErrnoException;
  return NOBODY_THERE.test(`${message} ${name}`) ? message || name : undefined;
}

/** `not_found`, as REST writes it. */
const codeName = (code: Code): string =>
  (Code[code] ?? String(code)).replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
