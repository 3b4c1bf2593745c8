import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type {
  GetLinkResponse,
  Link,
  ListLinksRequest,
  ListLinksResponse,
} from '../../../gen/ts/streamlib/v1/link_pb.ts';
import { GetLinkResponseSchema, ListLinksResponseSchema } from '../../../gen/ts/streamlib/v1/link_pb.ts';
import type {
  GetProcessorResponse,
  ListProcessorsRequest,
  ListProcessorsResponse,
  Processor,
} from '../../../gen/ts/streamlib/v1/processor_pb.ts';
import {
  GetProcessorResponseSchema,
  ListProcessorsResponseSchema,
} from '../../../gen/ts/streamlib/v1/processor_pb.ts';
import type {
  GetGraphRequest,
  GetGraphResponse,
  GetPlanResponse,
  RuntimeState,
} from '../../../gen/ts/streamlib/v1/runtime_pb.ts';
import {
  GetGraphResponseSchema,
  GetPlanResponseSchema,
  RuntimeStateSchema,
} from '../../../gen/ts/streamlib/v1/runtime_pb.ts';
import type { LinkRecord, ProcessorRecord } from '../commit/records.ts';
import { StreamlibError } from '../errors.ts';
import type { EventLog } from '../events/event-log.ts';
import { frameMemoryOf, type Segment } from '../frame/segment.ts';
import { allLinks, allProcessors, type Graph, linkIdsOf } from '../graph/index.ts';
import { type LinkId, type ProcessorId, parseLinkId, parseOwner, parseProcessorId } from '../ids.ts';
import { hasLabel } from '../messages/has-label.ts';
import { pageOf } from '../messages/page.ts';
import { linkSpecMessage, processorSpecMessage } from '../messages/spec-messages.ts';
import { ESTIMATED_SHARE } from '../plan/index.ts';
import type { ProcessorRegistry } from '../registry/index.ts';
import { LANE_KINDS, numberOf, PROCESSOR_STATES, RUNTIME_STATUSES, TRANSPORTS } from '../vocabulary.ts';
import type { GraphEditor } from './graph-editor.ts';
import type { LanePlanner } from './lane-planner.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Replanner } from './replanner.ts';
import { linkMessage, moveMessage, processorMessage } from './views.ts';

/** What reads look at. */
export interface ReadOptions {
  readonly editor: GraphEditor;
  readonly lifecycle: Lifecycle;
  readonly events: EventLog;
  readonly registry: ProcessorRegistry;
  readonly planner: LanePlanner;
  readonly replanner: Replanner;
  readonly version: string;
  /** Where frames lie. */
  readonly segment: Segment;
  /** How many dead letters of a processor are kept. */
  deadLettersOf(record: ProcessorRecord): number;
}

/** The reads of the runtime loop: what is, as the schema shows it. They change nothing and never wait. */
export class Reads {
  readonly #options: ReadOptions;

  constructor(options: ReadOptions) {
    this.#options = options;
  }

  state(): RuntimeState {
    const { editor, lifecycle, version, segment } = this.#options;
    const { limitBytes, reservedBytes, slots } = frameMemoryOf(segment);
    return create(RuntimeStateSchema, {
      status: numberOf(RUNTIME_STATUSES, lifecycle.status),
      revision: BigInt(editor.graph.revision),
      effectiveRevision: BigInt(lifecycle.effectiveRevision),
      ...this.position(),
      startTime: lifecycle.startedMs === undefined ? undefined : timestampFromMs(lifecycle.startedMs),
      version,
      frameMemory: {
        limitBytes: BigInt(limitBytes),
        reservedBytes: BigInt(reservedBytes),
        slots: BigInt(slots),
      },
    });
  }

  /** Throws PROCESSOR_NOT_FOUND. */
  processorRecord(id: string): ProcessorRecord {
    const record = this.#options.editor.observed.records.processors.get(id as ProcessorId);
    if (record !== undefined) return record;
    parseProcessorId(id);
    throw new StreamlibError(
      'PROCESSOR_NOT_FOUND',
      `processor_id names no processor, was ${JSON.stringify(id)}`,
      {
        path: 'processor_id',
        details: { processor_id: id },
      },
    );
  }

  /** Throws LINK_NOT_FOUND. */
  linkRecord(id: string): LinkRecord {
    const record = this.#options.editor.observed.records.links.get(id as LinkId);
    if (record !== undefined) return record;
    parseLinkId(id);
    throw new StreamlibError('LINK_NOT_FOUND', `link_id names no link, was ${JSON.stringify(id)}`, {
      path: 'link_id',
      details: { link_id: id },
    });
  }

  /** A processor as it is now. */
  processor(record: ProcessorRecord): Processor {
    const { registry, editor } = this.#options;
    const { processorId } = record.spec;
    let dropped = 0;
    for (const linkId of linkIdsOf(editor.graph, processorId)) {
      const link = editor.observed.records.links.get(linkId);
      if (link === undefined || link.spec.to.processorId !== processorId) continue;
      for (const count of Object.values(link.counters.read(link.wiring?.rings).dropped)) dropped += count;
    }
    const { spec } = record;
    const configs = { given: registry.visibleGivenConfig(spec), effective: registry.visibleConfig(spec) };
    const deadLetters = this.#options.deadLettersOf(record);
    return processorMessage(record, configs, { dropped, deadLetters });
  }

  getProcessor(id: string): GetProcessorResponse {
    const processor = this.processor(this.processorRecord(id));
    return create(GetProcessorResponseSchema, { processor, ...this.position() });
  }

  listProcessors(request: ListProcessorsRequest): ListProcessorsResponse {
    const { processorType, state, owner, label } = request;
    if (owner !== undefined) parseOwner(owner);
    const wanted = (record: ProcessorRecord): boolean =>
      (processorType === '' || record.spec.processorType === processorType) &&
      (state === 0 || numberOf(PROCESSOR_STATES, record.state) === state) &&
      (owner === undefined || record.spec.owner === owner) &&
      hasLabel(record.spec.labels, label);
    const { items, nextPageToken } = pageOf(request, {
      from: (after) => this.#processorRecords(after),
      idOf: (record) => record.spec.processorId,
      wanted,
    });
    const processors = items.map((record) => this.processor(record));
    return create(ListProcessorsResponseSchema, { processors, nextPageToken, ...this.position() });
  }

  link(record: LinkRecord): Link {
    return linkMessage(record);
  }

  getLink(id: string): GetLinkResponse {
    const link = linkMessage(this.linkRecord(id));
    return create(GetLinkResponseSchema, { link, ...this.position() });
  }

  listLinks(request: ListLinksRequest): ListLinksResponse {
    const { editor } = this.#options;
    const { processorId, owner, label } = request;
    if (owner !== undefined) parseOwner(owner);
    const wanted = ({ spec }: LinkRecord): boolean =>
      (processorId === '' || spec.from.processorId === processorId || spec.to.processorId === processorId) &&
      (owner === undefined || spec.owner === owner) &&
      hasLabel(spec.labels, label);
    const { items, nextPageToken } = pageOf(request, {
      from: (after) =>
        recordsOf(allLinks(editor.graph, after as LinkId | undefined), editor.observed.records.links),
      idOf: (record) => record.spec.linkId,
      wanted,
    });
    return create(ListLinksResponseSchema, {
      links: items.map(linkMessage),
      nextPageToken,
      ...this.position(),
    });
  }

  /** A graph, or one owner's part of it, as the schema shows it. */
  getGraph({ owner }: GetGraphRequest, graph: Graph): GetGraphResponse {
    const { registry } = this.#options;
    if (owner !== undefined) parseOwner(owner);
    const wanted = (part: { readonly owner: string }) => owner === undefined || part.owner === owner;
    return create(GetGraphResponseSchema, {
      graph: {
        revision: BigInt(graph.revision),
        processors: [...allProcessors(graph)]
          .filter(wanted)
          .map((spec) => processorSpecMessage(spec, registry.visibleGivenConfig(spec))),
        links: [...allLinks(graph)].filter(wanted).map(linkSpecMessage),
      },
      ...this.position(),
    });
  }

  /** Where everything runs, and what a fresh plan would change. */
  getPlan(): GetPlanResponse {
    const { editor, planner, replanner } = this.#options;
    const moves = replanner.moves().map(moveMessage);
    const { plan } = planner;
    return create(GetPlanResponseSchema, {
      revision: BigInt(editor.graph.revision),
      lanes: [...plan.lanes()].map((lane) => {
        const processorIds = [...lane.processorIds].sort();
        return {
          laneId: lane.laneId,
          kind: numberOf(LANE_KINDS, lane.kind),
          processorIds,
          reason: lane.reason,
          busyPercent: plan.busyShareOf(lane) * 100,
          processors: processorIds.map((id) => this.#plannedProcessor(id)),
        };
      }),
      links: [...editor.observed.records.links.values()].map(({ spec, wiring }) => ({
        linkId: spec.linkId,
        transport: numberOf(TRANSPORTS, wiring?.transport),
      })),
      moves,
      ...this.position(),
    });
  }

  #plannedProcessor(processorId: ProcessorId) {
    const { planner } = this.#options;
    const load = planner.loadOf(processorId);
    return {
      processorId,
      reason: planner.plan.placeOf(processorId)?.reason ?? '',
      busyPercent: (load?.busyShare ?? ESTIMATED_SHARE) * 100,
      measured: load !== undefined,
    };
  }

  /** Where the events stand that what is read now contains. */
  position(): { streamId: string; asOfSequence: bigint } {
    const { events } = this.#options;
    return { streamId: events.streamId, asOfSequence: BigInt(events.lastSequence) };
  }

  /** In order of their ids, those of the server among those of the graph. */
  *#processorRecords(after: string | undefined): Generator<ProcessorRecord> {
    const { editor } = this.#options;
    const { processors } = editor.observed.records;
    const services = [...editor.services.ids].filter((id) => after === undefined || id > after).sort();
    for (const { processorId } of allProcessors(editor.graph, after as ProcessorId | undefined)) {
      while (services[0] !== undefined && services[0] < processorId)
        yield* lookup(processors, services.shift());
      yield* lookup(processors, processorId);
    }
    for (const id of services) yield* lookup(processors, id);
  }
}

function* lookup<Id, Value>(map: ReadonlyMap<Id, Value>, id: Id | undefined): Generator<Value> {
  const value = id === undefined ? undefined : map.get(id);
  if (value !== undefined) yield value;
}

function* recordsOf(specs: Iterable<{ linkId: LinkId }>, records: ReadonlyMap<LinkId, LinkRecord>) {
  for (const { linkId } of specs) yield* lookup(records, linkId);
}
