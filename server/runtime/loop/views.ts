import type { MessageInitShape } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import { type Duration, durationFromMs, timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Link, LinkCounters } from '../../../gen/ts/streamlib/v1/link_pb.ts';
import { LinkCountersSchema, LinkSchema } from '../../../gen/ts/streamlib/v1/link_pb.ts';
import type { Impact } from '../../../gen/ts/streamlib/v1/mutation_pb.ts';
import { ImpactSchema } from '../../../gen/ts/streamlib/v1/mutation_pb.ts';
import type { Processor, ProcessorMetricsSchema } from '../../../gen/ts/streamlib/v1/processor_pb.ts';
import { ProcessorSchema } from '../../../gen/ts/streamlib/v1/processor_pb.ts';
import type { PlannedMove as PlannedMoveMessage } from '../../../gen/ts/streamlib/v1/runtime_pb.ts';
import { PlannedMoveSchema } from '../../../gen/ts/streamlib/v1/runtime_pb.ts';
import { type AvSyncError, readAvSync } from '../av/av-sync-meter.ts';
import { avSyncWordsOf } from '../av/av-sync-probes.ts';
import type { MeasuredImpact } from '../commit/commit-report.ts';
import type { LinkRecord, ProcessorRecord, RestartStatus } from '../commit/records.ts';
import type { JsonObject } from '../json.ts';
import { readProcessorCounters } from '../lane/processor-counters.ts';
import { linkSpecFields, type Plain, processorSpecFields } from '../messages/spec-messages.ts';
import type { PlannedMove } from '../plan/index.ts';
import { DELIVERIES, numberOf, PROCESSOR_STATES, TRANSPORTS } from '../vocabulary.ts';

/** A processor as reads show it: its spec and what is observed. */
export function processorMessage(
  record: ProcessorRecord,
  configs: { readonly given: JsonObject; readonly effective: JsonObject },
  counts: CountsElsewhere,
): Processor {
  return create(ProcessorSchema, {
    ...(processorSpecFields(record.spec, configs.given) as Plain<MessageInitShape<typeof ProcessorSchema>>),
    effectiveConfig: configs.effective,
    state: numberOf(PROCESSOR_STATES, record.state),
    error: record.error && { code: record.error.code, message: record.error.message },
    laneId: record.lane?.laneId ?? '',
    metrics: processorMetricsMessage(record, counts),
    createTime: timestampFromMs(record.createdMs),
    updateTime: timestampFromMs(record.updatedMs),
    restartStatus: record.restartStatus && restartStatusFields(record.restartStatus),
  });
}

const restartStatusFields = ({ attempts, nextAttemptMs }: RestartStatus) => ({
  attempts,
  nextAttemptTime: nextAttemptMs === undefined ? undefined : timestampFromMs(nextAttemptMs),
});

/** What is counted of a processor outside of it. */
export interface CountsElsewhere {
  /** Frames that were dropped on the links to it. */
  readonly dropped: number;
  /** How many dead letters are kept of it now. */
  readonly deadLetters: number;
}

/** What was counted of a processor since it was created. */
export function processorMetricsMessage(
  record: ProcessorRecord,
  { dropped, deadLetters }: CountsElsewhere,
): MessageInitShape<typeof ProcessorMetricsSchema> {
  const { framesIn, framesOut, errors, framesFailed, processTime } = readProcessorCounters(record.counters);
  return {
    framesIn: BigInt(framesIn),
    framesOut: BigInt(framesOut),
    framesDropped: BigInt(dropped),
    errors: BigInt(errors),
    framesFailed: BigInt(framesFailed),
    deadLetters: BigInt(deadLetters),
    restarts: BigInt(record.restarts),
    processTime: { ...processTime, count: BigInt(processTime.count) },
    avSync: avSyncFields(readAvSync(avSyncWordsOf(record.counters))),
  };
}

const avSyncFields = (error: AvSyncError | undefined) =>
  error && {
    samples: BigInt(error.samples),
    errorMs: error.currentMs,
    meanErrorMs: error.meanMs,
    maxErrorMs: error.maxMs,
  };

/** A link as reads show it: its spec and what is observed. */
export function linkMessage(record: LinkRecord): Link {
  return create(LinkSchema, {
    ...(linkSpecFields(record.spec) as Plain<MessageInitShape<typeof LinkSchema>>),
    frameType: record.frameType,
    transport: numberOf(TRANSPORTS, record.wiring?.transport),
    counters: linkCountersMessage(record),
    effectiveDelivery: numberOf(DELIVERIES, record.spec.delivery ?? record.portDelivery),
    createTime: timestampFromMs(record.createdMs),
    updateTime: timestampFromMs(record.updatedMs),
  });
}

/** The counters of a link at one instant. */
export function linkCountersMessage(record: LinkRecord): LinkCounters {
  const { produced, delivered, queued, inFlight, dropped } = record.counters.read(record.wiring?.rings);
  return create(LinkCountersSchema, {
    produced: BigInt(produced),
    delivered: BigInt(delivered),
    queued: BigInt(queued),
    inFlight: BigInt(inFlight),
    dropped: {
      full: BigInt(dropped.full),
      stale: BigInt(dropped.stale),
      paused: BigInt(dropped.paused),
      rewired: BigInt(dropped.rewired),
      laneLost: BigInt(dropped.lane_lost),
      failed: BigInt(dropped.failed),
      tooLarge: BigInt(dropped.too_large),
      stopped: BigInt(dropped.stopped),
      exhausted: BigInt(dropped.exhausted),
    },
  });
}

/** What an edit cost a link. */
export const impactMessage = ({ linkId, framesDropped, pauseUs }: MeasuredImpact): Impact =>
  create(ImpactSchema, { linkId, framesDropped: BigInt(framesDropped), pause: durationOfMs(pauseUs / 1000) });

/** A processor that is to move, or moved. */
export const moveMessage = ({ processorId, from, to, reason }: PlannedMove): PlannedMoveMessage =>
  create(PlannedMoveSchema, { processorId, fromLaneId: from, toLaneId: to, reason });

/** A length of time as the schema has it: whole nanoseconds. */
export function durationOfMs(ms: number): Duration {
  const duration = durationFromMs(ms);
  duration.nanos = Math.round(duration.nanos);
  return duration;
}
