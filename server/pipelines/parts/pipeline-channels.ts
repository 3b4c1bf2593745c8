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
const channels = new Map<string, ChannelsEntry>();

/** Channels that are open, or that somebody waits for. */
class ChannelsEntry {
  readonly opened = Promise.withResolvers<PipelineChannels>();
  isOpen = false;
}

function entryOf(key: string): ChannelsEntry {
  let entry = channels.get(key);
  if (entry === undefined) {
    entry = new ChannelsEntry();
    channels.set(key, entry);
  }
  return entry;
}

/** Makes the channels of a pipeline known to its parts, instead of those of a runtime before. Runtime's thread. */
export function openChannels(key: string): PipelineChannels {
  if (channels.get(key)?.isOpen) channels.delete(key);
  const entry = entryOf(key);
  const opened = { pool: new PoolChannel(), triggers: new TriggerChannel() };
  entry.isOpen = true;
  entry.opened.resolve(opened);
  return opened;
}

/** Forgets them: the pipeline is gone. Runtime's thread. */
export function closeChannels(key: string): void {
  channels.delete(key);
}

/** The channels that belong to a key, as soon as they are known. Runtime's thread. */
export const channelsOf = (key: string): Promise<PipelineChannels> => entryOf(key).opened.promise;
