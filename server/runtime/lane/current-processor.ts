import { AsyncLocalStorage } from 'node:async_hooks';
import type { ProcessorId } from '../ids.ts';

const storage = new AsyncLocalStorage<ProcessorId>();

/** Runs code so that everything that follows from it, timers and promises included, belongs to a processor. */
export const runAsProcessor = <Result>(processorId: ProcessorId, code: () => Result): Result =>
  storage.run(processorId, code);

/** The processor that the running code belongs to, as far as that is known. */
export const currentProcessor = (): ProcessorId | undefined => storage.getStore();
