import type { Event } from '../../../gen/ts/streamlib/v1/event_pb.ts';

type PayloadCase = NonNullable<Event['payload']['case']>;

/**
 * The payloads that follow from a record of the journal, as their members of the oneof are called. They are published
 * when that record is durable, and are known after a restart.
 */
export const CONTROL_PAYLOADS: ReadonlySet<string> = new Set<PayloadCase>([
  'runtimeStateChanged',
  'graphDidChange',
  'graphCommitted',
  'graphRolledBack',
  'processorAdded',
  'processorRemoved',
  'processorConfigUpdated',
  'linkAdded',
  'linkRemoved',
  'linkUpdated',
  'pipelineCreated',
  'pipelineUpdated',
  'pipelineRemoved',
  'runnerCreated',
  'runnerUpdated',
  'runnerRemoved',
  'engineModeChanged',
  'auditRecorded',
]);

/** A place in an event log as a client keeps it. */
export const formatCursor = (streamId: string, sequence: number): string => `${streamId}:${sequence}`;
