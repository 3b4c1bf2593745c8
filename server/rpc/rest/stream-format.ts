/** How the messages of a stream are laid out as text. */
export interface StreamFormat {
  readonly contentType: string;
  /** One message. `id` is where a reader may resume. */
  frameMessage(json: string, id: string): string;
  /** The error that ended the stream: the last frame. */
  frameError(json: string): string;
}

/** A line per message, `{"result": …}`, and `{"error": …}` as the last line where the stream failed. */
export const ndjsonFormat: StreamFormat = {
  contentType: 'application/x-ndjson',
  frameMessage: (json) => `{"result":${json}}\n`,
  frameError: (json) => `{"error":${json}}\n`,
};

/** Server-sent events with the message as data; an event of type `error` is the last where the stream failed. */
export const serverSentEventsFormat: StreamFormat = {
  contentType: 'text/event-stream',
  frameMessage: (json, id) => `id: ${id}\ndata: ${json}\n\n`,
  frameError: (json) => `event: error\ndata: ${json}\n\n`,
};

/** Server-sent events where the Accept header names them, else lines. */
export function chooseStreamFormat(accept: string | undefined): StreamFormat {
  const types = (accept ?? '').split(',').map((range) => range.split(';')[0]?.trim().toLowerCase());
  return types.includes(serverSentEventsFormat.contentType) ? serverSentEventsFormat : ndjsonFormat;
}
