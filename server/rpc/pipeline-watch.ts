import { create, fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { SubscribeRequestSchema } from '../../gen/ts/streamlib/v1/event_pb.ts';
import { FrameSchema } from '../../gen/ts/streamlib/v1/frame_pb.ts';
import type { Link } from '../../gen/ts/streamlib/v1/link_pb.ts';
import type {
  WatchPipelineRequest,
  WatchPipelineResponseSchema,
} from '../../gen/ts/streamlib/v1/pipeline_output_pb.ts';
import { PipelineState } from '../../gen/ts/streamlib/v1/pipeline_pb.ts';
import { type LinkTap, type RuntimeOperations, StreamlibError, type TapSight } from '../runtime/index.ts';
import { readOptions } from './call-context.ts';
import { type SubscriptionSource, subscribe } from './events/subscription.ts';
import { reasonOf } from './interceptors.ts';
import type { TapSource } from './tap-service.ts';

/** What a watch is taken from. */
export type WatchSource = SubscriptionSource & TapSource;

type WatchResponse = MessageInitShape<typeof WatchPipelineResponseSchema>;
type ReadContext = Parameters<typeof readOptions>[0];

/** A link that an output of the pipeline passes. */
interface Exit {
  readonly linkId: string;
  readonly nodeId: string;
  readonly port: string;
}

/** As large as an output may be that is shown. */
const MOST_BYTES = 1_000_000;

/**
 * What the continuous instance of a pipeline puts out, as taps of the links that its outputs pass see it: frames that the
 * reader is too slow for, or that come faster than `max_rate`, are left out and counted. Ends with the pipeline.
 */
export async function* watchPipeline(
  { pipelineId, nodeId, maxRate, count }: WatchPipelineRequest,
  source: WatchSource,
  context: ReadContext,
): AsyncGenerator<WatchResponse> {
  const { signal } = context;
  const exits = await exitsOf(pipelineId, nodeId, source.runtime, context);
  const over = new AbortController();
  const ended = endOf(pipelineId, source, AbortSignal.any([signal, over.signal]));
  const taps: { readonly exit: Exit; readonly tap: LinkTap }[] = [];
  try {
    for (const exit of exits) {
      const limits = { maxRate: maxRate || undefined, maxBytes: MOST_BYTES };
      taps.push({ exit, tap: await source.taps.open(exit.linkId, limits) });
    }
    const nextOf = (each: (typeof taps)[number]) => each.tap.next().then((sight) => ({ ...each, sight }));
    // NB: only what is shown is taken, so that taps know how slow the reader is.
    const next = new Map(taps.map((each) => [each.tap, nextOf(each)]));
    for (let shown = 0n; ; ) {
      const seen = await Promise.race([...next.values(), ended]);
      if (signal.aborted) throw reasonOf(signal);
      if (typeof seen === 'string') {
        yield ending(seen);
        return;
      }
      // Whoever was shown goes to the end of the line, so that a busy output hides no other.
      next.delete(seen.tap);
      if (seen.sight.kind === 'end') continue;
      next.set(seen.tap, nextOf(seen));
      yield outputOf(seen.exit, seen.sight);
      if (++shown !== count) continue;
      yield ending('count');
      return;
    }
  } finally {
    over.abort();
    for (const { tap } of taps) tap[Symbol.dispose]();
  }
}

const ending = (reason: string): WatchResponse => ({ message: { case: 'ending', value: { reason } } });

function outputOf(
  { nodeId, port }: Exit,
  { bytes, utcUs, skipped }: TapSight & { kind: 'frame' },
): WatchResponse {
  const { frame } = fromBinary(FrameSchema, bytes);
  const seconds = Math.floor(utcUs / 1e6);
  const time = { seconds: BigInt(seconds), nanos: Math.round(utcUs - seconds * 1e6) * 1000 };
  const output = { nodeId, port, frame: frame.case === 'data' ? frame.value : undefined };
  return { message: { case: 'output', value: { output, skipped: BigInt(skipped), time } } };
}

/** The links to open outputs' ends, and those to nodes that write nowhere. Throws what is wrong with the request. */
async function exitsOf(
  pipelineId: string,
  nodeId: string,
  runtime: RuntimeOperations,
  context: ReadContext,
): Promise<Exit[]> {
  const command = { case: 'getPipeline', value: { pipelineId } } as const;
  await runtime.execute({ case: 'pipeline', value: { command } }, readOptions(context));
  const { links } = await runtime.execute(
    { case: 'listLinks', value: { owner: `pipelines/${pipelineId}`, pageSize: 10_000 } },
    readOptions(context),
  );
  if (links.length === 0) throw notContinuous(pipelineId);
  const nameOf = (processorId: string): string => processorId.slice(pipelineId.length + 1);
  const writers = new Set(links.map(({ fromProcessor }) => fromProcessor));
  const exits = links
    .filter(({ toProcessor }) => !writers.has(toProcessor))
    .map((link) => exitOf(link, nameOf));
  const wanted = exits.filter((exit) => nodeId === '' || exit.nodeId === nodeId);
  if (wanted.length > 0) return wanted;
  const names = [...new Set(exits.map((exit) => exit.nodeId))].join(', ');
  const message = `node_id must be one of ${names}, was ${JSON.stringify(nodeId)}`;
  throw new StreamlibError('FIELD_INVALID', message, { path: 'node_id' });
}

function exitOf(
  { linkId, fromProcessor, fromPort, toProcessor, toPort }: Link,
  nameOf: (id: string) => string,
): Exit {
  return nameOf(toProcessor).startsWith('out--')
    ? { linkId, nodeId: nameOf(fromProcessor), port: fromPort }
    : { linkId, nodeId: nameOf(toProcessor), port: toPort };
}

const notContinuous = (pipelineId: string): StreamlibError =>
  new StreamlibError('NOT_RUNNING', `the pipeline "${pipelineId}" is pooled and has no continuous instance`);

/** Why there will be no more outputs. */
async function endOf(pipelineId: string, source: SubscriptionSource, signal: AbortSignal): Promise<string> {
  const request = create(SubscribeRequestSchema, { topics: [`pipeline:${pipelineId}`] });
  try {
    for await (const item of subscribe(request, source, signal)) {
      if (item.kind === 'notice') {
        if (item.response.message.case === 'ending') return item.response.message.value.reason;
        continue;
      }
      for (const { event } of item.entries) {
        if (event.payload.case === 'pipelineRemoved') return 'removed';
        if (event.payload.case !== 'pipelineStateChanged') continue;
        const { toState } = event.payload.value;
        if (toState === PipelineState.STOPPED) return 'stopped';
        if (toState === PipelineState.FAILED) return 'failed';
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return 'cancelled';
}
