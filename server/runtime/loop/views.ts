import type { MessageInitShape } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import { type Duration, durationFromMs, timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Link, LinkCounters } from '../../../gen/ts/streamlib/v1/link_pb.ts';
import { LinkCountersSchema, LinkSchema } from '../../../gen/ts/streamlib/v1/link_pb.ts';
import type { Impact } from '../../../gen/ts/streamlib/v1/mutation_pb.ts';
import { ImpactSchema } from '../../../gen/ts/streamlib/v1/mutation_pb.ts';
import type { Processor } from '../../../gen/ts/streamlib/v1/processor_pb.ts';
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
  { dropped, deadLetters }: { readonly dropped: number; readonly deadLetters: number },
): Processor {
  const counters = readProcessorCounters(record.counters);
  return create(ProcessorSchema, {
    ...(processorSpecFields(record.spec, configs.given) as Plain<MessageInitShape<typeof ProcessorSchema>>),
    effectiveConfig: configs.effective,
    state: numberOf(PROCESSOR_STATES, record.state),
    error: record.error && { code: record.error.code, message: record.error.message },
    laneId: record.lane?.laneId ?? '',
    metrics: {
      framesIn: BigInt(counters.framesIn),
      framesOut: BigInt(counters.framesOut),
      framesDropped: BigInt(dropped),
      errors: BigInt(counters.errors),
      framesFailed: BigInt(counters.framesFailed),
      deadLetters: BigInt(deadLetters),
      restarts: BigInt(record.restarts),
      processTime: {
        count: BigInt(counters.processTime.count),
        sumUs: counters.processTime.sumUs,
        p50Us: counters.processTime.p50Us,
        p90Us: counters.processTime.p90Us,
        p99Us: counters.processTime.p99Us,
        maxUs: counters.processTime.maxUs,
      },
      avSync: avSyncFields(readAvSync(avSyncWordsOf(record.counters))),
    },
    createTime: timestampFromMs(record.createdMs),
    updateTime: timestampFromMs(record.updatedMs),
    restartStatus: record.restartStatus && restartStatusFields(record.restartStatus),
  });
}

const restartStatusFields = ({ attempts, nextAttemptMs }: RestartStatus) => ({
  attempts,
  nextAttemptTime: nextAttemptMs === undefined ? undefined : timestampFromMs(nextAttemptMs),
});

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
