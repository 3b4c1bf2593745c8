import type { Interceptor, StreamResponse } from '@connectrpc/connect';
import { StreamlibError } from '../runtime/index.ts';
import { connectionKey } from './call-context.ts';

/** How many streams may be open at the same time. */
export interface StreamLimits {
  readonly maxStreams: number;
  readonly maxStreamsPerConnection: number;
}

/** Refuses a stream with QUOTA, through whichever door it comes, while too many others are open. */
export function createStreamCaps({ maxStreams, maxStreamsPerConnection }: StreamLimits): Interceptor {
  let total = 0;
  const ofConnections = new WeakMap<object, number>();

  /** Answers what gives the place back. */
  function take(connection: object): () => void {
    const mine = ofConnections.get(connection) ?? 0;
    if (mine >= maxStreamsPerConnection)
      throw overQuota('max_streams_per_connection', 'this connection', maxStreamsPerConnection);
    if (total >= maxStreams) throw overQuota('max_streams', 'the server', maxStreams);
    total++;
    ofConnections.set(connection, mine + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      total--;
      ofConnections.set(connection, (ofConnections.get(connection) ?? 1) - 1);
    };
  }

  return (next) => async (request) => {
    if (!request.stream) return next(request);
    const { signal, contextValues } = request;
    const release = take(contextValues.get(connectionKey) ?? request);
    // NB: nobody may ever read the answer of a caller who has left.
    signal.addEventListener('abort', release, { once: true });
    try {
      const response = await next(request);
      return response.stream ? { ...response, message: untilEnd(response.message, release) } : response;
    } catch (error) {
      release();
      throw error;
    }
  };
}

async function* untilEnd(
  messages: StreamResponse['message'],
  release: () => void,
): StreamResponse['message'] {
  try {
    yield* messages;
  } finally {
    release();
  }
}

function overQuota(limit: string, whose: string, most: number): StreamlibError {
  const message = `${whose} has ${most} streams open, which is the most that ${limit} allows`;
  return new StreamlibError('QUOTA', message, { details: { limit } });
}
