import { callContextValues } from '../call-context.ts';
import type { AnyRequest, AnyResponse } from '../request-listener.ts';
import { chooseStreamFormat, ndjsonFormat, type StreamFormat, type Transcoder } from '../rest/index.ts';
import { EventSink, writeItems } from './event-sink.ts';
import type { LineForms } from './line-forms.ts';
import type { LineSubscriptions } from './subscription-request.ts';

/** What a request's events are taken from and written with. */
export interface EventStreamOptions {
  readonly subscriptions: LineSubscriptions;
  readonly forms: LineForms;
  readonly transcoder: Transcoder;
}

/**
 * Answers `GET /api/events` as lines of JSON, or as server-sent events where Accept names them. The socket sets
 * the pace: a reader that does not read leaves its cursor where it is.
 */
export async function serveEventStream(
  request: AnyRequest,
  response: AnyResponse,
  { subscriptions, forms, transcoder }: EventStreamOptions,
): Promise<void> {
  const format = chooseStreamFormat(request.headers.accept);
  if (request.method === 'HEAD') {
    writeHead(response, format);
    response.end();
    return;
  }
  const aborter = new AbortController();
  response.once('close', () => aborter.abort());
  const { signal } = aborter;
  const sink = new EventSink(response, format === ndjsonFormat ? forms.ndjson : forms.serverSentEvents);
  try {
    const detached = { url: request.url ?? '', headers: request.headers };
    const context = { signal, contextValues: callContextValues(request, 'events'), sink };
    const items = await subscriptions.open(detached, context);
    writeHead(response, format);
    await writeItems(items, sink, signal);
    response.end();
  } catch (error) {
    if (signal.aborted) return;
    if (response.headersSent) response.end(format.frameError(subscriptions.printError(error)));
    else transcoder.writeError(request, response, error);
  }
}

function writeHead(response: AnyResponse, { contentType }: StreamFormat): void {
  response.statusCode = 200;
  response.setHeader('content-type', contentType);
  response.setHeader('cache-control', 'no-store');
  // Proxies that buffer answers would hold events back.
  response.setHeader('x-accel-buffering', 'no');
}
