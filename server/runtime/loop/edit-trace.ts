import type { CommandContext } from '../../../gen/ts/streamlib/v1/command_pb.ts';
import type { JsonObject } from '../json.ts';
import { nextSpan, parseTraceparent } from '../trace-context.ts';

/** Which call an edit came from, and where its commit belongs in the trace of that call. */
export interface EditTrace {
  /** The caller's, or a new one: every edit has one. Its events carry it. */
  readonly traceId: string;
  /** The commit's own. */
  readonly spanId: string;
  /** The caller's; empty where it has none. */
  readonly parentSpanId: string;
  /** The call's `x-request-id`; empty where the edit came through no door. */
  readonly callId: string;
}

/** The trace of a command. */
export function editTraceOf(context: CommandContext | undefined): EditTrace {
  const parent = parseTraceparent(context?.traceparent ?? '');
  const { traceId, spanId } = nextSpan(parent);
  return { traceId, spanId, parentSpanId: parent?.spanId ?? '', callId: context?.callId ?? '' };
}

/** As log lines have it, under the names that those of the doors use. */
export const traceFields = ({ traceId, spanId, parentSpanId, callId }: EditTrace): JsonObject => ({
  request_id: callId,
  trace_id: traceId,
  span_id: spanId,
  parent_span_id: parentSpanId,
});
