import type { LinkId, ProcessorId } from '../ids.ts';

/** What concerns the runtime and its graph as a whole. */
export const RUNTIME_TOPIC = 'runtime:global';

/** What concerns one processor. */
export const processorTopic = (id: ProcessorId | string): string => `processor:${id}`;

/** What concerns one link. */
export const linkTopic = (id: LinkId | string): string => `link:${id}`;

/** What concerns one pipeline. */
export const pipelineTopic = (id: string): string => `pipeline:${id}`;

/** What concerns one runner. */
export const runnerTopic = (id: string): string => `runner:${id}`;

/** What concerns one backtest or search. */
export const backtestTopic = (id: string): string => `backtest:${id}`;

/** Whether a topic matches a pattern: equal, or with the same beginning where the pattern ends with `*`. */
export function matchesTopic(pattern: string, topic: string): boolean {
  return pattern.endsWith('*') ? topic.startsWith(pattern.slice(0, -1)) : topic === pattern;
}
