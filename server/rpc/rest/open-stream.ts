import type { Message } from '@bufbuild/protobuf';
import type { Route } from './compile-routes.ts';
import { type HandlerCall, invokeServerStream } from './invoke-handler.ts';
import type { StreamFormat } from './stream-format.ts';
import type { TranscoderCodec } from './transcoder-codec.ts';

/** A stream of which the first message, or the end, is there. */
export interface OpenedStream {
  readonly headers: Headers;
  readonly contentType: string;
  /** The parts to send as they are. Leaving early ends the handler. */
  readonly frames: AsyncGenerator<string | Uint8Array>;
}

/** The layout of a stream; where it has none for errors they are thrown. */
export type FrameLayout = Omit<StreamFormat, 'frameError'> & Partial<StreamFormat>;

/**
 * Calls a server-streaming method. An error before the first message is thrown as a ConnectError; a later one is
 * the last frame, if the layout has one for it. A stream of HttpBody is sent raw and throws instead, since it has no place for an error.
 */
export async function openStream(
  route: Route,
  call: HandlerCall,
  format: FrameLayout,
  codec: TranscoderCodec,
  eventId: (message: Message, place: number) => string,
): Promise<OpenedStream> {
  const { headers, body } = await invokeServerStream(call);
  const first = await firstOf(body, headers, codec);
  const raw = first.done === true ? undefined : codec.rawResponse(route, first.value);
  if (raw !== undefined) {
    return { headers, contentType: raw.contentType, frames: rawFrames(first, body, route, codec) };
  }
  return {
    headers,
    contentType: format.contentType,
    frames: textFrames(first, body, route, format, codec, eventId),
  };
}

async function firstOf(
  body: AsyncGenerator<Message>,
  headers: Headers,
  codec: TranscoderCodec,
): Promise<IteratorResult<Message>> {
  try {
    return await body.next();
  } catch (thrown) {
    const error = codec.toConnectError(thrown);
    for (const [name, value] of headers) {
      if (!error.metadata.has(name)) error.metadata.append(name, value);
    }
    throw error;
  }
}

async function* textFrames(
  first: IteratorResult<Message>,
  body: AsyncGenerator<Message>,
  route: Route,
  format: FrameLayout,
  codec: TranscoderCodec,
  eventId: (message: Message, place: number) => string,
): AsyncGenerator<string> {
  let place = 0;
  try {
    for (let item = first; item.done !== true; item = await body.next()) {
      place += 1;
      yield format.frameMessage(codec.printResponse(route, item.value), eventId(item.value, place));
    }
  } catch (error) {
    const failure = codec.toConnectError(error);
    if (format.frameError === undefined) throw failure;
    yield format.frameError(codec.printError(failure));
  } finally {
    await body.return(undefined);
  }
}

async function* rawFrames(
  first: IteratorResult<Message>,
  body: AsyncGenerator<Message>,
  route: Route,
  codec: TranscoderCodec,
): AsyncGenerator<Uint8Array> {
  try {
    for (let item = first; item.done !== true; item = await body.next()) {
      const raw = codec.rawResponse(route, item.value);
      if (raw !== undefined) yield raw.data;
    }
  } finally {
    await body.return(undefined);
  }
}
