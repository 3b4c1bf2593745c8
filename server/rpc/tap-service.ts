import { fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import { FrameSchema } from '../../gen/ts/streamlib/v1/frame_pb.ts';
import type { TapLinkRequest, TapLinkResponseSchema, TapService } from '../../gen/ts/streamlib/v1/tap_pb.ts';
import type { LinkTaps, TapSight } from '../runtime/index.ts';
import { reasonOf } from './interceptors.ts';

/** What taps are taken from. */
export interface TapSource {
  readonly taps: LinkTaps;
  /** Aborted when the server is about to end. */
  readonly draining: AbortSignal;
}

type TapLinkResponseInit = MessageInitShape<typeof TapLinkResponseSchema>;

/** The views of links. */
export function createTapService(source: TapSource): ServiceImpl<typeof TapService> {
  return {
    tapLink: (request, { signal }) => tapLink(request, source, signal),
  };
}

async function* tapLink(
  { linkId, maxRate, maxBytes, count }: TapLinkRequest,
  { taps, draining }: TapSource,
  signal: AbortSignal,
): AsyncGenerator<TapLinkResponseInit> {
  using tap = await taps.open(linkId, { maxRate: maxRate || undefined, maxBytes: maxBytes || undefined });
  const onAbort = () => tap.end('closed');
  const onDrain = () => tap.end('shutdown');
  signal.addEventListener('abort', onAbort);
  draining.addEventListener('abort', onDrain);
  try {
    if (signal.aborted) onAbort();
    if (draining.aborted) onDrain();
    yield { message: { case: 'started', value: { frameType: tap.frameType } } };
    for (let shown = 1n; ; shown++) {
      const sight = await tap.next();
      if (signal.aborted) throw reasonOf(signal);
      if (sight.kind === 'end') {
        yield ending(sight.reason);
        return;
      }
      yield frameOf(sight);
      if (shown !== count) continue;
      yield ending('count');
      return;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    draining.removeEventListener('abort', onDrain);
  }
}

const ending = (reason: string): TapLinkResponseInit => ({ message: { case: 'ending', value: { reason } } });

function frameOf({
  bytes,
  skipped,
  utcUs,
  truncated,
  levels,
}: TapSight & { kind: 'frame' }): TapLinkResponseInit {
  const seconds = Math.floor(utcUs / 1e6);
  const time = { seconds: BigInt(seconds), nanos: Math.round(utcUs - seconds * 1e6) * 1000 };
  const frame = fromBinary(FrameSchema, bytes);
  return {
    message: {
      case: 'frame',
      value: { frame, skipped: BigInt(skipped), time, truncated, levels: [...levels] },
    },
  };
}
