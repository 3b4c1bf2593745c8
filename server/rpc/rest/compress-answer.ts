import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { acceptsGzip } from './accepts-gzip.ts';
import { headerValue, type RequestHeaders } from './read-body.ts';

const gzipBytes = promisify(gzip);

/** Below this, compressing costs more than it saves; as the other protocols have it. */
const compressFromBytes = 1024;

/** The body of an answer as it goes out. */
export interface EncodedBody {
  /** Text stays text: Node writes it with the head at once, where bytes are a second piece. */
  readonly body: string | Uint8Array;
  readonly byteLength: number;
  readonly encoding: 'gzip' | 'identity';
}

/** Compresses an answer from 1 KiB on where the caller takes gzip. */
export function encodeBody(
  headers: RequestHeaders,
  body: string | Uint8Array,
): EncodedBody | Promise<EncodedBody> {
  const byteLength = Buffer.byteLength(body);
  const isWorthIt = byteLength >= compressFromBytes;
  if (!isWorthIt || !acceptsGzip(headerValue(headers, 'accept-encoding')))
    return { body, byteLength, encoding: 'identity' };
  return gzipBytes(body).then((zipped) => ({ body: zipped, byteLength: zipped.length, encoding: 'gzip' }));
}
