import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where streamlib's package lies: the nearest folder with a package.json above this file. */
export const PACKAGE_FOLDER: string = packageAbove(dirname(fileURLToPath(import.meta.url)));

/** The version of streamlib, as its package says. */
export const VERSION: string = (
  JSON.parse(readFileSync(join(PACKAGE_FOLDER, 'package.json'), 'utf8')) as { version: string }
).version;

function packageAbove(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const above = dirname(folder);
  if (above === folder) throw new TypeError('the package of streamlib must have a package.json');
  return packageAbove(above);
}
