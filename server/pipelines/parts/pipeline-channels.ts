import { PoolChannel } from './pool-channel.ts';
import { TriggerChannel } from './trigger-channel.ts';

/** What connects the parts of one pipeline in their lanes with the runtime's thread. */
export interface PipelineChannels {
  readonly pool: PoolChannel;
  readonly triggers: TriggerChannel;
}

/*
 * The parts of a pipeline are processors in lanes, and call exports of their own modules on the runtime's thread: there
 * they find the channels of their pipeline by the key in their config. Keys are drawn when a pipeline is made, so that
 * the runtimes of one process have their own.
 */
const channels = new Map<string, PromiseWithResolvers<PipelineChannels>>();

function entryOf(key: string): PromiseWithResolvers<PipelineChannels> {
  let entry = channels.get(key);
  if (entry === undefined) {
    entry = Promise.withResolvers();
    channels.set(key, entry);
  }
  return entry;
}

/** Makes the channels of a pipeline known to its parts. Runtime's thread. */
export function openChannels(key: string): PipelineChannels {
  const opened = { pool: new PoolChannel(), triggers: new TriggerChannel() };
  entryOf(key).resolve(opened);
  return opened;
}

/** Forgets them: the pipeline is gone. Runtime's thread. */
export function closeChannels(key: string): void {
  channels.delete(key);
}

/** The channels that belong to a key, as soon as they are known. Runtime's thread. */
export const channelsOf = (key: string): Promise<PipelineChannels> => entryOf(key).promise;
