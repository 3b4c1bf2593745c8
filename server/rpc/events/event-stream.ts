import { callContextValues } from '../call-context.ts';
import type { AnyRequest, AnyResponse } from '../request-listener.ts';
import { chooseStreamFormat, ndjsonFormat, type StreamFormat, type Transcoder } from '../rest/index.ts';
import { toLines } from './event-lines.ts';
import type { LineSubscriptions } from './subscription-request.ts';

/** How much text is put together before it is written; a reader that is no slower gets it at once all the same. */
const WRITTEN_AT_ONCE = 64 * 1024;

/**
 * Answers `GET /api/events` as lines of JSON, or as server-sent events where Accept names them. The socket sets
 * the pace: a reader that does not read leaves its cursor where it is.
 */
export async function serveEventStream(
  request: AnyRequest,
  response: AnyResponse,
  subscriptions: LineSubscriptions,
  transcoder: Transcoder,
): Promise<void> {
  const format = chooseStreamFormat(request.headers.accept);
  if (request.method === 'HEAD') {
    writeHead(response, format);
    response.end();
    return;
  }
  const aborter = new AbortController();
  response.once('close', () => aborter.abort());
  const context = {
    signal: aborter.signal,
    contextValues: callContextValues(request, 'events'),
  };
  try {
    const detached = { url: request.url ?? '', headers: request.headers };
    const items = await subscriptions.open(detached, context);
    writeHead(response, format);
    let chunk = '';
    for await (const item of items) {
      for (const line of toLines(item, subscriptions.print)) {
        chunk += frame(format, line.text, line.cursor);
        if (chunk.length < WRITTEN_AT_ONCE) continue;
        await write(response, chunk, aborter.signal);
        chunk = '';
      }
      await write(response, chunk, aborter.signal);
      chunk = '';
    }
    response.end();
  } catch (error) {
    if (aborter.signal.aborted) return;
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

/** A line of the events' own form: there is no envelope around it as there is for other streams. */
const frame = (format: StreamFormat, text: string, cursor: string): string =>
  format === ndjsonFormat ? `${text}\n` : format.frameMessage(text, cursor);

/** Resolves when the socket wants more; rejects when there is nobody left to write to. */
async function write(response: AnyResponse, text: string, signal: AbortSignal): Promise<void> {
  if (text === '' || writeText(response, text)) return;
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const onDrain = (): void => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    };
    const onAbort = (): void => {
      response.off('drain', onDrain);
      reject(signal.reason);
    };
    response.once('drain', onDrain);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

// The two response types have overloads that no single call expression satisfies.
const writeText = (response: AnyResponse, text: string): boolean =>
  (response.write as (chunk: string) => boolean).call(response, text);
