import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);

/** A value as YAML. What makes it is loaded with the first call: most commands need none, and it takes a while. */
export const yamlText = (value: unknown): string => (load('yaml') as typeof import('yaml')).stringify(value);
