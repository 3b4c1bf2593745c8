import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const gzipBytes = promisify(gzip);

/** Bytes that stay as they are while the server runs. */
export interface CachedContent {
  readonly bytes: Uint8Array;
  readonly zipped: Uint8Array;
  /** Changes with the bytes. */
  readonly etag: string;
}

/** Makes the content at the first call and gives the same at every later one; a failure is not kept. */
export function cacheContent(make: () => Promise<string | Uint8Array>): () => Promise<CachedContent> {
  let cached: Promise<CachedContent> | undefined;
  return () => {
    cached ??= prepare(make).catch((error: unknown) => {
      cached = undefined;
      throw error;
    });
    return cached;
  };
}

async function prepare(make: () => Promise<string | Uint8Array>): Promise<CachedContent> {
  const bytes = Buffer.from(await make());
  const digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  return { bytes, zipped: await gzipBytes(bytes), etag: `"${digest}"` };
}
