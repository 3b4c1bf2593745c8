import { parentPort, workerData } from 'node:worker_threads';
import { type ValidateStrategyOptions, validateStrategy } from '../lua/validate-strategy.ts';

/** What is to be looked at. */
export interface ValidationOrder {
  readonly code: string;
  readonly options: ValidateStrategyOptions;
}

const { code, options } = workerData as ValidationOrder;
parentPort?.postMessage(validateStrategy(code, options));
