import { type CsvError, type CsvRecord, CsvRecords } from './csv-records.ts';
import { openText } from './open-text.ts';

/**
 * The records of a file, in batches, read as they are asked for. A name that ends in .gz is unpacked. Throws the
 * system's error.
 */
export async function* readCsv(
  path: string,
  delimiter: string,
): AsyncGenerator<(CsvRecord | CsvError)[], void> {
  const records = new CsvRecords(delimiter);
  for await (const text of openText(path)) yield records.push(text);
  yield records.end();
}
