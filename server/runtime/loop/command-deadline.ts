import type { Duration, Timestamp } from '@bufbuild/protobuf/wkt';
import type { CommandContext } from '../../../gen/ts/streamlib/v1/command_pb.ts';
import { wallClockMs } from '../clock.ts';
import { StreamlibError } from '../errors.ts';
import { ON_FAILURES, wordOf } from '../vocabulary.ts';

/** A time or a duration as milliseconds. */
export const millisecondsOf = ({ seconds, nanos }: Timestamp | Duration): number =>
  Number(seconds) * 1000 + nanos / 1e6;

/** Throws DEADLINE_EXCEEDED when nobody waits for the command any more. */
export function assertInTime(context: CommandContext | undefined): void {
  if (context?.deadline === undefined || millisecondsOf(context.deadline) >= wallClockMs()) return;
  throw new StreamlibError('DEADLINE_EXCEEDED', 'the deadline passed before the command was executed');
}

/** What the caller waits for, or DEADLINE_EXCEEDED; what was accepted goes on all the same. */
export async function untilDeadline<T>(context: CommandContext | undefined, work: Promise<T>): Promise<T> {
  const deadline = context?.deadline;
  if (deadline === undefined) return work;
  const leftMs = millisecondsOf(deadline) - wallClockMs();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const isTakenBack = wordOf(ON_FAILURES, context?.onFailure) === 'rollback';
    const next = isTakenBack ? 'what is still being set up for it is rolled back' : 'it goes on';
    const message = `the deadline passed before the accepted change was effective; ${next}`;
    timer = setTimeout(() => reject(new StreamlibError('DEADLINE_EXCEEDED', message)), Math.max(leftMs, 0));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
