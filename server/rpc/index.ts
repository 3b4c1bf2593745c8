import type { ProcessorTypeEntry } from '../runtime/index.ts';

/** The processor types of this room. */
export const processorTypes: readonly ProcessorTypeEntry[] = [
  { type: 'ApiServer', load: () => import('./api-server.ts') },
];
