import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Code, ConnectError } from '@connectrpc/connect';
import { bodyTooLarge, unsupportedMediaType } from './http-problem.ts';

const gunzipBytes = promisify(gunzip);
const jsonType = /^application\/json[ \t]*(?:;[ \t]*charset=("?)utf-8\1[ \t]*)?$/i;

/** Headers as Node gives them, names in lower case. */
export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Reads a request body to its end and undoes gzip. `maxBytes` bounds both the bytes read and the bytes after
 * decompression; above it the error is 413. Another content encoding is 415.
 */
export async function readBody(
  chunks: AsyncIterable<Uint8Array>,
  headers: RequestHeaders,
  maxBytes: number,
): Promise<Uint8Array> {
  const encoding = headerValue(headers, 'content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw unsupportedMediaType(`content-encoding must be gzip or identity, was ${encoding}`);
  }
  if (Number(headerValue(headers, 'content-length') ?? 0) > maxBytes) throw bodyTooLarge(maxBytes);
  const bytes = await collect(chunks, maxBytes);
  return encoding === 'gzip' && bytes.length > 0 ? await unzip(bytes, maxBytes) : bytes;
}

/** Throws 415 unless the content type is JSON, in UTF-8 where it names a charset. */
export function assertJsonContentType(headers: RequestHeaders): void {
  const type = headerValue(headers, 'content-type');
  if (type === undefined || !jsonType.test(type.trim())) {
    throw unsupportedMediaType(`content-type must be application/json, was ${type ?? 'absent'}`);
  }
}

/** The value of a header that occurs once; the first where it was sent several times. */
export function headerValue(headers: RequestHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'object' ? value[0] : value;
}

async function collect(chunks: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > maxBytes) throw bodyTooLarge(maxBytes);
    parts.push(chunk);
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}

async function unzip(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  try {
    return await gunzipBytes(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    if (isTooLarge) throw bodyTooLarge(maxBytes);
    throw new ConnectError(
      'request body must be valid gzip',
      Code.InvalidArgument,
      undefined,
      undefined,
      error,
    );
  }
}
