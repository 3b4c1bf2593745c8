import type { ProcessorState, RuntimeStatus } from '../../runtime/index.ts';

/** The words of the schema's PipelineState, by their numbers. */
export const PIPELINE_STATES = [
  'unspecified',
  'pending',
  'starting',
  'running',
  'paused',
  'degraded',
  'stopping',
  'stopped',
  'failed',
] as const;

/** What a pipeline is doing, all nodes together. */
export type PipelineState = Exclude<(typeof PIPELINE_STATES)[number], 'unspecified'>;

/** What a pipeline is doing whose processors are in these states. Each state stands for more than the ones behind it. */
export function pipelineStateOf(states: readonly ProcessorState[]): PipelineState {
  const has = (...wanted: readonly ProcessorState[]) => states.some((state) => wanted.includes(state));
  if (has('failed')) return 'failed';
  if (has('backoff', 'open')) return 'degraded';
  if (has('starting')) return 'starting';
  if (has('stopping')) return 'stopping';
  if (has('running')) return 'running';
  if (has('paused')) return 'paused';
  return has('stopped') ? 'stopped' : 'pending';
}

/** Whether a pipeline takes executions while its runtime has this status. */
export const takesExecutions = (status: RuntimeStatus): boolean =>
  status === 'starting' || status === 'running' || status === 'paused';
