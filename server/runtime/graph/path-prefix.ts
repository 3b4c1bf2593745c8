import { StreamlibError } from '../errors.ts';

/** The error with `commands[3].` before the field that it names, in path, text and faults; others stay as they are. */
export function withPathPrefix(error: unknown, prefix: string): unknown {
  if (prefix === '' || !(error instanceof StreamlibError)) return error;
  const { code, message, path, details, faults, cause } = error;
  return new StreamlibError(code, `${prefix}${message}`, {
    path: `${prefix}${path}`,
    details,
    faults: faults.map((fault) => ({ path: `${prefix}${fault.path}`, message: fault.message })),
    cause,
  });
}

/** What the function answers; what it throws gets the prefix. */
export function prefixing<T>(prefix: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw withPathPrefix(error, prefix);
  }
}
