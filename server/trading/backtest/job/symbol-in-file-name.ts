import { basename } from 'node:path';

/** The symbol that a file of data begins with: `BTCUSDT` for `btcusdt-1m.csv.gz`; undefined where it begins with none. */
export const symbolInFileName = (path: string): string | undefined =>
  /^([A-Za-z0-9]+)[-_.]/.exec(basename(path))?.[1]?.toUpperCase();
