import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
// In a checkout the sources run from native/, in a package the compiled files run from dist/native/.
const IS_CHECKOUT = import.meta.url.endsWith('.ts');

/** The functions of an addon, by name. */
type Functions = Readonly<Record<string, unknown>>;

/**
 * Loads the native addon. A package brings one for the common platforms; elsewhere `npx streamlib build-native`
 * makes one, which is looked for next. A checkout takes only what the bootstrap built from its sources: a prebuilt
 * one that was left over would be older than they are.
 *
 * Where there is none, every function throws an error that says what to do: what needs no addon, such as
 * `streamlib build-native`, works.
 */
export function loadAddon(): Functions {
  if (IS_CHECKOUT) return require('./build/Release/streamlib.node');
  const causes: unknown[] = [];
  // The package's own folder holds prebuilds/, native/ what build-native has built.
  for (const folder of ['../..', '../../native']) {
    try {
      return require('node-gyp-build')(fileURLToPath(new URL(folder, import.meta.url)));
    } catch (error) {
      causes.push(error);
    }
  }
  const text =
    `no native addon for ${process.platform}-${process.arch}: run \`npx streamlib build-native\`, ` +
    'which needs a C++20 compiler, make and python3';
  const error = new Error(text, { cause: new AggregateError(causes, 'what was tried') });
  const fail = (): never => {
    throw error;
  };
  return new Proxy<Functions>({}, { get: () => fail });
}
