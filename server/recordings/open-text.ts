import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';

const BYTE_ORDER_MARK = '\ufeff';

/**
 * The text of a UTF-8 file in pieces, read as they are asked for, without a byte order mark. A name that ends in .gz is
 * unpacked. Throws the system's error.
 */
export async function* openText(path: string): AsyncGenerator<string, void> {
  if (!(await stat(path)).isFile()) throw new Error('it is not a file');
  let isFirst = true;
  for await (const text of await decoded(path)) {
    yield isFirst && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
    isFirst = false;
  }
}

async function decoded(path: string): Promise<AsyncIterable<string>> {
  const file = createReadStream(path);
  if (!path.endsWith('.gz')) return file.setEncoding('utf8');
  const { createGunzip } = await import('node:zlib');
  // The pipeline hands an error of the file on to whoever reads what comes out of it.
  return pipeline(file, createGunzip(), () => {}).setEncoding('utf8');
}
