import { constants, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';

/** How long peers may take. */
export interface ConnectionTimeouts {
  /** Until the first bytes, and then the head of a request, are there. */
  readonly headerMs: number;
  /** Until a whole request is there, body included. */
  readonly requestMs: number;
  /** How long a connection without a call is kept. */
  readonly idleMs: number;
}

/** What is known of one connection. */
interface SessionRecord {
  readonly streams: Map<ServerHttp2Stream, number>;
  idleSinceMs: number;
}

/** The open HTTP/2 connections of a server, looked after. */
export interface Http2Upkeep extends Disposable {
  readonly sessions: Iterable<ServerHttp2Session>;
}

/**
 * Does for HTTP/2 what Node does for HTTP/1.1: resets requests whose bodies do not come to an end, and closes
 * connections that nobody uses. One timer for all of them; it looks four times per shortest timeout.
 */
export function keepHttp2(server: Http2Server, { requestMs, idleMs }: ConnectionTimeouts): Http2Upkeep {
  const records = new Map<ServerHttp2Session, SessionRecord>();
  server.on('session', (session) => {
    const record: SessionRecord = { streams: new Map(), idleSinceMs: performance.now() };
    records.set(session, record);
    session.once('close', () => records.delete(session));
    session.on('stream', (stream) => {
      record.streams.set(stream, performance.now());
      stream.once('close', () => {
        record.streams.delete(stream);
        record.idleSinceMs = performance.now();
      });
    });
  });
  const timer = setInterval(
    () => {
      const nowMs = performance.now();
      for (const [session, { streams, idleSinceMs }] of records) {
        for (const [stream, sinceMs] of streams) {
          if (nowMs - sinceMs > requestMs && !hasArrived(stream))
            stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
        }
        if (streams.size > 0 || nowMs - idleSinceMs <= idleMs) continue;
        // A peer that does not even take the farewell is cut off the next time.
        if (session.closed) session.destroy();
        else session.close();
      }
    },
    Math.max(Math.min(requestMs, idleMs) / 4, 10),
  );
  timer.unref();
  return {
    sessions: { [Symbol.iterator]: () => records.keys() },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/** Whether all of a request is here. It may be that nobody has read it yet. */
const hasArrived = (stream: ServerHttp2Stream): boolean =>
  stream.endAfterHeaders ||
  stream.readableEnded ||
  stream.state.state === constants.NGHTTP2_STREAM_STATE_HALF_CLOSED_REMOTE;
