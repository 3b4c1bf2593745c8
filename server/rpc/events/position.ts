import type { SubscribeRequest } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { CONTROL_EVENT_TYPES, StreamlibError } from '../../runtime/index.ts';
import type { ResumePoint } from './control-event-reader.ts';
import type { EventWindow } from './event-window.ts';

export { formatCursor } from '../../runtime/index.ts';

/** Where a subscription begins. */
export interface Position {
  /** Events of the present stream after this sequence follow. Where only control events match, it may be older than the window. */
  readonly after: number;
  /** Whether the request named this place, or that of an earlier stream, and it may still be known. */
  readonly resumed: boolean;
  /** The place in an earlier stream from which the journal has to go on; whether it has it is its to say. */
  readonly earlier: ResumePoint | undefined;
  /** The field that named the place. */
  readonly path: string;
}

/** Whether all that a request can match are control events, of which the journal has every one. */
export const admitsOnlyControlEvents = ({ types }: SubscribeRequest): boolean =>
  types.length > 0 && types.every((type) => CONTROL_EVENT_TYPES.has(type));

/**
 * The place that a request names, or the present where it names none. Throws RESUME_POINT_LOST for a place that
 * is gone and FIELD_INVALID for a cursor that never was one. A place that lies ahead is one whose events are on
 * their way.
 */
export function positionOf(request: SubscribeRequest, window: EventWindow): Position {
  const point = pointOf(request);
  if (point === undefined) return { after: window.last, resumed: false, earlier: undefined, path: 'after' };
  const { streamId, sequence, path } = point;
  const isOldestKept = sequence === 0 && path === 'after_sequence';
  const found = { resumed: true, earlier: undefined, path };
  if (isOldestKept && (streamId === '' || streamId === window.streamId))
    return { ...found, after: window.oldest - 1 };
  if (streamId !== window.streamId) return { ...found, after: 0, earlier: point };
  if (sequence < window.oldest - 1 && !admitsOnlyControlEvents(request)) {
    const message = `${path} is no longer kept, was ${sequence}; the oldest event is ${window.oldest}`;
    throw new StreamlibError('RESUME_POINT_LOST', message, { path });
  }
  return { ...found, after: sequence };
}

function pointOf({ after, streamId, afterSequence }: SubscribeRequest): ResumePoint | undefined {
  if (after !== '') {
    if (streamId !== '' || afterSequence !== undefined) {
      throw invalid('after', 'excludes stream_id and after_sequence', after);
    }
    const separator = after.lastIndexOf(':');
    const digits = after.slice(separator + 1);
    if (separator <= 0 || !/^\d{1,16}$/.test(digits))
      throw invalid('after', 'must be the cursor of an event', after);
    return { streamId: after.slice(0, separator), sequence: Number(digits), path: 'after' };
  }
  if (streamId === '' && afterSequence === undefined) return undefined;
  // 0 is the beginning of whatever is kept, so it needs no name of a stream.
  if (streamId === '' && afterSequence !== 0n) {
    throw invalid('stream_id', 'must be given with an after_sequence other than 0', streamId);
  }
  if (afterSequence === undefined) throw invalid('after_sequence', 'must be given with stream_id', null);
  return { streamId, sequence: Number(afterSequence), path: 'after_sequence' };
}

function invalid(path: string, rule: string, value: string | null): StreamlibError {
  return new StreamlibError('FIELD_INVALID', `${path} ${rule}, was ${JSON.stringify(value)}`, { path });
}
