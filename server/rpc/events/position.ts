import type { SubscribeRequest } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { StreamlibError } from '../../runtime/index.ts';
import type { EventWindow } from './event-window.ts';

/** Where a subscription begins. */
export interface Position {
  /** Events after this sequence follow. */
  readonly after: number;
  /** Whether the request named this place, and it is still there. */
  readonly resumed: boolean;
}

/** A place in an event log as a client keeps it. */
export const formatCursor = (streamId: string, sequence: number): string => `${streamId}:${sequence}`;

/**
 * The place that a request names, or the present where it names none. Throws RESUME_POINT_LOST for a place that
 * is gone and FIELD_INVALID for a cursor that never was one. A place that lies ahead is one whose events are on
 * their way.
 */
export function positionOf(request: SubscribeRequest, window: EventWindow): Position {
  const point = pointOf(request);
  if (point === undefined) return { after: window.last, resumed: false };
  const { streamId, sequence, path } = point;
  if (streamId !== window.streamId && !(streamId === '' && sequence === 0)) {
    throw lost(
      `${path} is of the event stream ${streamId}, which has ended; this is ${window.streamId}`,
      path,
    );
  }
  if (sequence === 0) return { after: window.oldest - 1, resumed: true };
  if (sequence < window.oldest - 1) {
    throw lost(`${path} is no longer kept, was ${sequence}; the oldest event is ${window.oldest}`, path);
  }
  return { after: sequence, resumed: true };
}

interface Point {
  readonly streamId: string;
  readonly sequence: number;
  readonly path: string;
}

function pointOf({ after, streamId, afterSequence }: SubscribeRequest): Point | undefined {
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

const lost = (message: string, path: string): StreamlibError =>
  new StreamlibError('RESUME_POINT_LOST', message, { path });
