import { type ErrorReason, StreamlibError } from '../runtime/errors.ts';

/** The error for a file that cannot be used: what was tried, the file and what the system said. */
export function fileError(
  attempt: string,
  path: string,
  cause: unknown,
  code: ErrorReason = 'SETUP_FAILED',
): StreamlibError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new StreamlibError(code, `cannot ${attempt} ${path}: ${said}`, { path: 'config.path', cause });
}
