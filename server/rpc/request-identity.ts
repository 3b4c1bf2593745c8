import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The header by which a call is known to its caller and in the log. */
export const REQUEST_ID_HEADER = 'x-request-id';

/** What is taken over from a caller: up to 128 printable characters without spaces. */
const TAKEN_OVER = /^[\x21-\x7e]{1,128}$/;

/**
 * The id of a request: the caller's where it sent a usable one, else a new one. It stands in the headers afterwards, so
 * that whoever reads these reads it.
 */
export function identifyRequest(headers: IncomingHttpHeaders): string {
  const given = headers[REQUEST_ID_HEADER];
  if (typeof given === 'string' && TAKEN_OVER.test(given)) return given;
  const made = randomUUID();
  headers[REQUEST_ID_HEADER] = made;
  return made;
}
