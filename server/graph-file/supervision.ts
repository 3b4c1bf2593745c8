import { create, fromJson, toJson } from '@bufbuild/protobuf';
import { DataFrameSchema } from '../../gen/ts/streamlib/v1/frame_pb.ts';
import type { RestartPolicy, Supervision } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import { type JsonObject, type SupervisionRequest, vocabulary } from '../runtime/index.ts';
import type { FileRestart, FileSupervision } from './check-graph-file.ts';

/** How failures are handled, from a file. Throws what is wrong with the default frame. */
export function supervisionFromFile(file: FileSupervision): SupervisionRequest {
  const { error_policy: errorPolicy, default_frame: frame, restart } = file;
  return {
    errorPolicy,
    defaultFrame: frame && fromJson(DataFrameSchema, frame),
    restart: restart && {
      strategy: restart.strategy,
      baseMs: restart.base_ms,
      maxMs: restart.max_ms,
      maxAttempts: restart.max_attempts,
      failureThreshold: restart.failure_threshold,
      windowMs: restart.window_ms,
      halfOpenAfterMs: restart.half_open_after_ms,
    },
    watchdogMs: file.watchdog_ms,
    maxDeadLetters: file.max_dead_letters,
  };
}

/** The same for a file; keys without a value are undefined. */
export function supervisionForFile(message: Supervision): FileSupervision {
  const { errorPolicy, defaultFrame, restart, watchdogMs, maxDeadLetters } = message;
  return {
    error_policy: vocabulary.wordOf(vocabulary.ERROR_POLICIES, errorPolicy),
    default_frame: defaultFrame && frameJson(defaultFrame),
    restart: restart && restartForFile(restart),
    watchdog_ms: watchdogMs,
    max_dead_letters: maxDeadLetters,
  };
}

const frameJson = (frame: NonNullable<Supervision['defaultFrame']>): JsonObject =>
  toJson(DataFrameSchema, create(DataFrameSchema, frame), { useProtoFieldName: true }) as JsonObject;

const restartForFile = (restart: RestartPolicy): FileRestart => ({
  strategy: vocabulary.wordOf(vocabulary.RESTART_STRATEGIES, restart.strategy),
  base_ms: restart.baseMs,
  max_ms: restart.maxMs,
  max_attempts: restart.maxAttempts,
  failure_threshold: restart.failureThreshold,
  window_ms: restart.windowMs,
  half_open_after_ms: restart.halfOpenAfterMs,
});
