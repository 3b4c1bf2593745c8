import { isDeepStrictEqual } from 'node:util';
import type { PlacementSpec, SupervisionSpec } from '../../runtime/index.ts';

/*
 * How runners are kept from harming each other. What a strategy does is bounded by instructions, memory and time, so that
 * it comes back; where one hangs all the same, its lane is ended, and from then on it runs apart.
 */

/**
 * Of a runner that says nothing else. 600 ms are longer than the 500 ms that the sandbox lets one call take. Lane-mates
 * are back some 0.8 s after the hang was noticed, so about 1.5 s after it began.
 */
export const RUNNER_SUPERVISION: SupervisionSpec = Object.freeze({
  watchdogMs: 600,
  restart: Object.freeze({ strategy: 'exponential' }),
});

/** Whether a runner was made without saying anything else. */
export const isRunnerSupervision = (supervision: SupervisionSpec): boolean =>
  // What is absent may be undefined.
  isDeepStrictEqual(JSON.parse(JSON.stringify(supervision)), RUNNER_SUPERVISION);

/** Where versions of strategies run that hung once: together, so that they take one thread however many they are. */
export const QUARANTINE: PlacementSpec = Object.freeze({ lane: 'quarantine', priority: 'normal' });
