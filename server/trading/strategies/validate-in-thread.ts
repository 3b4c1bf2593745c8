import { Worker } from 'node:worker_threads';
import { StreamlibError } from '../../runtime/index.ts';
import type { StrategyValidation, ValidateStrategyOptions } from '../lua/validate-strategy.ts';
import type { ValidationOrder } from './validation-thread.ts';

const ENTRY = new URL('./validation-thread.ts', import.meta.url);
/** Beyond what the dry run allows itself at worst: what is still busy then is what no budget interrupts. */
const LIMIT_MS = 15_000;
/** Each takes a core while it lasts. */
const MOST_THREADS = 2;

let busy = 0;
const waiting: (() => void)[] = [];

/**
 * Validates a strategy in a thread of its own, so that code which hangs holds up nobody. Throws DEADLINE_EXCEEDED where
 * even the thread does not come back.
 */
export async function validateInThread(
  code: string,
  options: ValidateStrategyOptions,
): Promise<StrategyValidation> {
  // Somebody else may have taken the place that became free.
  while (busy >= MOST_THREADS) await new Promise<void>((resolve) => waiting.push(resolve));
  busy++;
  try {
    return await run({ code, options });
  } finally {
    busy--;
    waiting.shift()?.();
  }
}

function run(order: ValidationOrder): Promise<StrategyValidation> {
  const { promise, resolve, reject } = Promise.withResolvers<StrategyValidation>();
  const worker = new Worker(ENTRY, { workerData: order, name: 'validation', execArgv: [] });
  const timer = setTimeout(() => {
    const text = `the dry run must end within ${LIMIT_MS} ms, was longer`;
    reject(new StreamlibError('DEADLINE_EXCEEDED', text));
  }, LIMIT_MS);
  worker.once('message', resolve);
  worker.once('error', (error) => reject(StreamlibError.from(error)));
  return promise.finally(() => {
    clearTimeout(timer);
    return worker.terminate();
  });
}
