import type { CommandContext } from '../../../gen/ts/streamlib/v1/command_pb.ts';
import type { CommandOptions } from '../commands.ts';
import { ON_FAILURES, WAITS, wordOf } from '../vocabulary.ts';

/** What surrounds a command, for what it does. */
export function commandOptionsOf(context: CommandContext | undefined): CommandOptions {
  if (context === undefined) return {};
  const { requestId, expectedRevision, actor, origin, traceparent, callId, deadline } = context;
  return {
    requestId,
    expectedRevision,
    actor,
    origin,
    traceparent,
    callId,
    wait: wordOf(WAITS, context.wait),
    onFailure: wordOf(ON_FAILURES, context.onFailure),
    deadlineMs: deadline && Number(deadline.seconds) * 1000 + deadline.nanos / 1e6,
  };
}
