import type { ProcessorTypeEntry } from '../../server/runtime/processor.ts';
import { processorTypes as tallyTypes } from './tallies.ts';
import { processorTypes as laneTypes } from './test-processors.ts';

/** The types that tests of the whole runtime use beside the built-in ones. */
export const processorTypes: readonly ProcessorTypeEntry[] = [
  ...laneTypes.filter(({ type }) => type !== 'Unloadable'),
  ...tallyTypes,
  { type: 'Relay', load: () => import('./relay.ts') },
  { type: 'Exiter', load: () => import('./exiter.ts') },
  { type: 'Warner', load: () => import('./warner.ts') },
  { type: 'ThreadTeller', load: () => import('./thread-teller.ts') },
  { type: 'SlowCaller', load: () => import('./slow-caller.ts') },
];
