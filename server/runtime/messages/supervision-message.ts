import { create, fromJson, type MessageInitShape, toBinary, toJson } from '@bufbuild/protobuf';
import { DataFrameSchema, FrameSchema } from '../../../gen/ts/streamlib/v1/frame_pb.ts';
import type { Supervision, SupervisionSchema } from '../../../gen/ts/streamlib/v1/processor_pb.ts';
import type { SupervisionSpec } from '../graph/index.ts';
import type { JsonObject } from '../json.ts';
import { ERROR_POLICIES, numberOf, RESTART_STRATEGIES, wordOf } from '../vocabulary.ts';

/** How failures are handled, as the graph keeps it. */
export function supervisionFromMessage(message: Supervision | undefined): SupervisionSpec {
  if (message === undefined) return {};
  const { restart, defaultFrame, watchdogMs, errorPolicy, maxDeadLetters } = message;
  return {
    errorPolicy: wordOf(ERROR_POLICIES, errorPolicy),
    defaultFrame: defaultFrame && (toJson(DataFrameSchema, defaultFrame) as JsonObject),
    watchdogMs,
    maxDeadLetters,
    restart: restart && {
      strategy: wordOf(RESTART_STRATEGIES, restart.strategy),
      baseMs: restart.baseMs,
      maxMs: restart.maxMs,
      maxAttempts: restart.maxAttempts,
      failureThreshold: restart.failureThreshold,
      windowMs: restart.windowMs,
      halfOpenAfterMs: restart.halfOpenAfterMs,
    },
  };
}

/** The same as the schema shows it; undefined where nothing was said. */
export function supervisionToMessage(
  spec: SupervisionSpec,
): MessageInitShape<typeof SupervisionSchema> | undefined {
  const { errorPolicy, defaultFrame, restart, watchdogMs, maxDeadLetters } = spec;
  if (Object.values(spec).every((value) => value === undefined)) return undefined;
  return {
    errorPolicy: numberOf(ERROR_POLICIES, errorPolicy),
    defaultFrame: defaultFrame && fromJson(DataFrameSchema, defaultFrame),
    watchdogMs,
    maxDeadLetters,
    restart: restart && { ...restart, strategy: numberOf(RESTART_STRATEGIES, restart.strategy) },
  };
}

/** A default frame as lanes decode it: a Frame message with a DataFrame. */
export const encodedDefaultFrame = (defaultFrame: JsonObject): Uint8Array =>
  toBinary(
    FrameSchema,
    create(FrameSchema, { frame: { case: 'data', value: fromJson(DataFrameSchema, defaultFrame) } }),
  );
