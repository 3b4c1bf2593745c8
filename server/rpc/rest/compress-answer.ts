import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { acceptsGzip } from './accepts-gzip.ts';
import { headerValue, type RequestHeaders } from './read-body.ts';

const gzipBytes = promisify(gzip);

/** Below this, compressing costs more than it saves; as the other protocols have it. */
const compressFromBytes = 1024;

/** The bytes of an answer as they go out. */
export interface EncodedBody {
  readonly bytes: Uint8Array;
  readonly encoding: 'gzip' | 'identity';
}

/** Compresses an answer from 1 KiB on where the caller takes gzip. */
export function encodeBody(
  headers: RequestHeaders,
  body: string | Uint8Array,
): EncodedBody | Promise<EncodedBody> {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const isWorthIt = bytes.length >= compressFromBytes;
  if (!isWorthIt || !acceptsGzip(headerValue(headers, 'accept-encoding')))
    return { bytes, encoding: 'identity' };
  return gzipBytes(bytes).then((zipped) => ({ bytes: zipped, encoding: 'gzip' }));
}
