import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { type CsvError, type CsvRecord, CsvRecords } from './csv-records.ts';

const BYTE_ORDER_MARK = '\ufeff';

/**
 * The records of a file, in batches, read as they are asked for. A name that ends in .gz is unpacked. Throws the
 * system's error.
 */
export async function* readCsv(
  path: string,
  delimiter: string,
): AsyncGenerator<(CsvRecord | CsvError)[], void> {
  const records = new CsvRecords(delimiter);
  let first = true;
  for await (const text of await openText(path)) {
    yield records.push(first && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);
    first = false;
  }
  yield records.end();
}

async function openText(path: string): Promise<AsyncIterable<string>> {
  const file = createReadStream(path);
  if (!path.endsWith('.gz')) return file.setEncoding('utf8');
  const { createGunzip } = await import('node:zlib');
  // The pipeline hands an error of the file on to whoever reads what comes out of it.
  return pipeline(file, createGunzip(), () => {}).setEncoding('utf8');
}
