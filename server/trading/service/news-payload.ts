import type { MessageInitShape } from '@bufbuild/protobuf';
import type { EventSchema } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { Severity } from '../../../gen/ts/streamlib/v1/runner_pb.ts';
import { RUNTIME_TOPIC, runnerTopic, vocabulary } from '../../runtime/index.ts';
import { ENGINE_MODES } from '../risk/engine-mode.ts';
import { runnerPayload } from './runner-messages.ts';
import type { RunnerNews } from './runner-news.ts';

type EventPayload = NonNullable<MessageInitShape<typeof EventSchema>['payload']> & { case: string };

/** The words of the schema's EngineMode, by their numbers. */
export const ENGINE_MODE_WORDS = ['unspecified', ...ENGINE_MODES] as const;

/** What became of a runner or the engine, as an event. What no event is for is undefined. */
export function newsPayload(news: RunnerNews): EventPayload | undefined {
  if (news.news === 'engine') {
    const { mode, reason, actor } = news.engine;
    const [fromMode, toMode] = [news.from, mode].map((word) => vocabulary.numberOf(ENGINE_MODE_WORDS, word));
    return { case: 'engineModeChanged', value: { fromMode, toMode, reason, actor } };
  }
  const { entry } = news;
  const { runnerId, symbol, strategyName, strategyVersion } = entry;
  switch (news.news) {
    case 'created':
      return { case: 'runnerCreated', value: { runnerId, symbol, strategyName, strategyVersion } };
    case 'updated':
      return { case: 'runnerUpdated', value: { runnerId, fields: [...news.fields] } };
    case 'removed':
      return { case: 'runnerRemoved', value: { runnerId, stats: entry.lastStats } };
    case 'started':
      return { case: 'runnerStarted', value: { runnerId, symbol } };
    case 'stopped':
      return { case: 'runnerStopped', value: { runnerId, reason: news.reason } };
    case 'broke': {
      const { message: error, code } = news.error;
      return { case: 'runnerError', value: { runnerId, error, code, severity: Severity.CRITICAL } };
    }
    case 'happened':
      return runnerPayload(news.event, entry, entry.markTicks);
  }
}

/** What an event about it is filed under. */
export const newsTopic = (news: RunnerNews): string =>
  news.news === 'engine' ? RUNTIME_TOPIC : runnerTopic(news.entry.runnerId);
