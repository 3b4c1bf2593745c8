import type { MessageInitShape } from '@bufbuild/protobuf';
import type { GraphEditSchema } from '../../../gen/ts/streamlib/v1/graph_pb.ts';
import {
  allLinks,
  allProcessors,
  type Graph,
  type JsonObject,
  type PlacementSpec,
  type ProcessorSpec,
  type SupervisionSpec,
  supervisionToMessage,
  vocabulary,
} from '../../runtime/index.ts';

const { DELIVERIES, LANE_PRIORITIES, numberOf } = vocabulary;

/** The type of the processor that a runner is. Its config is everything that was asked for. */
export const RUNNER_TYPE = 'SymbolRunner';
/** The type of the processor that has the engine's mode and limits. */
export const ENGINE_TYPE = 'TradingEngine';

const OWNER_PREFIX = 'runners/';
const FRAMES_QUEUED = 1024;

export const ownerOf = (runnerId: string): string => `${OWNER_PREFIX}${runnerId}`;
/** The runner that an owner is; undefined where it is none. */
export const runnerIdOf = (owner: string): string | undefined =>
  owner.startsWith(OWNER_PREFIX) ? owner.slice(OWNER_PREFIX.length) : undefined;
export const runnerProcessorId = (runnerId: string): string => `${runnerId}.runner`;
const feedLinkId = (runnerId: string): string => `${runnerId}.market`;

/** The output of a feed that runners read. */
export const FEED_PORT = 'market';
export const SHARED_PREFIX = 'trading/';
export const feedProcessorId = (feedId: string): string => `${feedId}.feed`;
export const feedOwner = (feedId: string): string => `${SHARED_PREFIX}${feedId}`;
export const ENGINE_OWNER = `${SHARED_PREFIX}engine`;
export const ENGINE_ID = 'engine.engine';

type Edit = MessageInitShape<typeof GraphEditSchema>;

/** What a runner is to be in the graph. */
export interface RunnerPlan {
  readonly runnerId: string;
  readonly config: JsonObject;
  readonly labels: Readonly<Record<string, string>>;
  readonly placement: PlacementSpec;
  readonly supervision: SupervisionSpec | undefined;
  readonly feedId: string;
}

/** The feed that a runner needs. */
export interface FeedPlan {
  readonly feedId: string;
  readonly processorType: string;
  readonly config: JsonObject;
}

/** The edit that adds a feed which runners share. */
export const addFeed = ({ feedId, processorType, config }: FeedPlan): Edit => ({
  edit: {
    case: 'addProcessor',
    value: {
      processor: {
        processorId: feedProcessorId(feedId),
        processorType,
        config,
        owner: feedOwner(feedId),
      },
    },
  },
});

/** The edits that add a runner and connect it to its feed. */
export const addRunner = (plan: RunnerPlan): Edit[] => [
  {
    edit: {
      case: 'addProcessor',
      value: {
        processor: {
          processorId: runnerProcessorId(plan.runnerId),
          processorType: RUNNER_TYPE,
          config: plan.config,
          labels: { ...plan.labels },
          placement: placementMessage(plan.placement),
          supervision: plan.supervision && supervisionToMessage(plan.supervision),
        },
      },
    },
  },
  {
    edit: {
      case: 'connect',
      value: {
        link: {
          linkId: feedLinkId(plan.runnerId),
          fromProcessor: feedProcessorId(plan.feedId),
          fromPort: FEED_PORT,
          toProcessor: runnerProcessorId(plan.runnerId),
          toPort: 'market',
          // A feed never waits for a runner that hangs; what it then misses is counted, and a gap.
          delivery: numberOf(DELIVERIES, 'every'),
          capacityFrames: FRAMES_QUEUED,
        },
      },
    },
  },
];

/** What is to change of the processor that a runner is; what is absent stays. `config` is a merge patch. */
export interface RunnerPatch {
  readonly config?: JsonObject;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly placement?: PlacementSpec | undefined;
  readonly supervision?: SupervisionSpec | undefined;
  readonly paused?: boolean | undefined;
}

/** The edits that change a runner. */
export function updateRunner(processorId: string, patch: RunnerPatch): Edit[] {
  const { config = {}, labels, placement, supervision, paused } = patch;
  const value = {
    processorId,
    ...(Object.keys(config).length > 0 && { config }),
    ...(labels !== undefined && { labels: { ...labels }, updateMask: { paths: ['labels'] } }),
    ...(placement && { placement: placementMessage(placement) }),
    ...(supervision && { supervision: supervisionToMessage(supervision) }),
  };
  const update: Edit = { edit: { case: 'updateProcessor', value } };
  if (paused === undefined) return [update];
  return [update, { edit: { case: paused ? 'pauseProcessor' : 'resumeProcessor', value: { processorId } } }];
}

const placementMessage = ({ lane, priority }: PlacementSpec) => ({
  lane,
  priority: numberOf(LANE_PRIORITIES, priority),
});

export const removeProcessor = (processorId: string): Edit => ({
  edit: { case: 'removeProcessor', value: { processorId } },
});

/** One runner as the graph has it. */
export interface RunnerPart {
  readonly runnerId: string;
  readonly processor: ProcessorSpec;
  /** Empty where it is connected to none. */
  readonly feedProcessorId: string;
}

/** Every runner of a graph, by their ids. */
export function runnersIn(graph: Graph): Map<string, RunnerPart> {
  const feeds = new Map(
    [...allLinks(graph)].map(({ to, from }) => [to.processorId as string, from.processorId as string]),
  );
  const parts = [...allProcessors(graph)].flatMap((processor): [string, RunnerPart][] => {
    const { processorType, owner, processorId } = processor;
    const runnerId = runnerIdOf(owner);
    if (
      processorType !== RUNNER_TYPE ||
      runnerId === undefined ||
      processorId !== runnerProcessorId(runnerId)
    )
      return [];
    return [[runnerId, { runnerId, processor, feedProcessorId: feeds.get(processorId) ?? '' }]];
  });
  return new Map(parts.sort(([a], [b]) => (a < b ? -1 : 1)));
}
