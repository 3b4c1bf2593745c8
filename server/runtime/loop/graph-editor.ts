import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { AnsweredRequestSchema, StoredRevisionSchema } from '../../../gen/ts/streamlib/v1/journal_pb.ts';
import { wallClockMs } from '../clock.ts';
import type { CommitPart } from '../commit/commit-report.ts';
import {
  type CommitWork,
  createProcessorRecord,
  emptyWork,
  type LinkRecord,
  type ProcessorRecord,
  type Records,
} from '../commit/records.ts';
import { StreamlibError } from '../errors.ts';
import type { EventDraft, EventLog, EventPayload } from '../events/event-log.ts';
import { linkTopic, processorTopic, RUNTIME_TOPIC } from '../events/topics.ts';
import {
  type Applied,
  allLinks,
  allProcessors,
  apply,
  type Change,
  DEFAULT_PLACEMENT,
  emptyGraph,
  type Graph,
  type GraphEdit,
  getLink,
  getProcessor,
  linkIdsOf,
  type ProcessorSpec,
  partOf,
  prefixing,
  withPathPrefix,
} from '../graph/index.ts';
import type { ControlJournal } from '../history/control-journal.ts';
import { deltaOf } from '../history/stored-graph.ts';
import { type LinkId, type Owner, type ProcessorId, SYSTEM, USER } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import type { ControlMemory } from '../link/control-memory.ts';
import { LinkCounters } from '../link/link-counters.ts';
import { changeMessage } from '../messages/change-message.ts';
import { editMessage } from '../messages/edit-message.ts';
import type { ProcessorRegistry } from '../registry/index.ts';
import type { OnFailure } from '../vocabulary.ts';
import type { LanePlanner } from './lane-planner.ts';
import { linkCountersMessage } from './views.ts';

/** Who edits and what for. */
export interface EditContext {
  readonly owner: Owner;
  readonly expectedRevision: number | undefined;
  readonly actor: string;
  readonly traceId: string;
  /** The peer's address; empty where the edit did not come through a door. */
  readonly origin?: string;
  /** The command that makes the edits, as `add_processor`; for the history. */
  readonly command?: string;
  /** The request that the revision answers, if it is to be answered only once. */
  readonly request?: MessageInitShape<typeof AnsweredRequestSchema> | undefined;
  /** See ApplyContext. */
  readonly pathPrefix?: (index: number) => string;
  /** What is to happen if it cannot be made effective; default `keep`. */
  readonly onFailure?: OnFailure;
  /** When a setup that it needs is late, if it is rolled back then: milliseconds since the Unix epoch. */
  readonly deadlineMs?: number | undefined;
}

/** What an accepted edit changed. */
export interface AcceptedEdit {
  readonly revision: number;
  readonly unchanged: boolean;
  readonly changes: readonly Change[];
  /**
   * Resolves when the revision is durable, and with that in the graph; rejects with JOURNAL_UNAVAILABLE when it never
   * will be. Undefined where nothing need be waited for.
   */
  readonly durable?: Promise<void> | undefined;
}

/** What a graph editor works on. */
export interface GraphEditorOptions {
  readonly registry: ProcessorRegistry;
  readonly events: EventLog;
  readonly planner: LanePlanner;
  /** Where counters of links lie. */
  readonly control: ControlMemory;
  readonly journal: ControlJournal;
}

/** An accepted edit with all that it takes to do without it again. */
export interface AcceptedRevision extends AcceptedEdit {
  readonly edits: readonly GraphEdit[];
  readonly owner: Owner;
  readonly before: Graph;
  readonly after: Graph;
  readonly onFailure: OnFailure;
  readonly deadlineMs: number | undefined;
}

/** The newest durable graph, what is observed of its parts, and what of it has not been committed yet. */
export class GraphEditor {
  readonly records: Records = { processors: new Map(), links: new Map() };
  readonly #registry: ProcessorRegistry;
  readonly #events: EventLog;
  readonly #planner: LanePlanner;
  readonly #control: ControlMemory;
  readonly #journal: ControlJournal;
  readonly #services = new Set<ProcessorId>();
  #graph: Graph = emptyGraph();
  #accepted: Graph = this.#graph;
  /** Of the revision that was accepted last. */
  #pending: Promise<void> | undefined;
  #work: CommitWork = emptyWork();

  constructor({ registry, events, planner, control, journal }: GraphEditorOptions) {
    this.#registry = registry;
    this.#events = events;
    this.#planner = planner;
    this.#control = control;
    this.#journal = journal;
  }

  /** The newest durable graph: what reads, events and commits see. */
  get graph(): Graph {
    return this.#graph;
  }

  /** The newest accepted graph: what edits are applied to. Its last revisions may still be on their way to the disk. */
  get accepted(): Graph {
    return this.#accepted;
  }

  /** Begins with a graph that was kept. Throws LANES where it asks for more lanes than there may be. */
  restore(graph: Graph): void {
    const created: Change[] = [
      ...[...allProcessors(graph)].map(({ processorId }): Change => ({ kind: 'created', processorId })),
      ...[...allLinks(graph)].map(({ linkId }): Change => ({ kind: 'created', linkId })),
    ];
    const counters = this.#countersFor(graph, created);
    this.#graph = graph;
    this.#accepted = graph;
    for (const change of created) this.#record(change, counters);
  }

  /** Applies edits to the newest accepted graph as one revision, or throws and changes nothing. */
  edit(edits: readonly GraphEdit[], context: EditContext): AcceptedRevision {
    const { owner, onFailure = 'keep', deadlineMs } = context;
    const before = this.#accepted;
    const { graph, changes, unchanged } = this.#apply(edits, context);
    // NB: what comes to nothing because of an edit that is on its way to the disk is as good as that is.
    const durable = unchanged ? this.#onItsWay : this.#accept(graph, edits, changes, context);
    const accepted = { revision: graph.revision, unchanged, changes, durable };
    return { ...accepted, edits, owner, before, after: graph, onFailure, deadlineMs };
  }

  /** Until the newest accepted graph is durable. */
  get #onItsWay(): Promise<void> | undefined {
    return this.#accepted === this.#graph ? undefined : this.#pending;
  }

  #accept(
    graph: Graph,
    edits: readonly GraphEdit[],
    changes: readonly Change[],
    context: EditContext,
  ): Promise<void> | undefined {
    const counters = inEdits(edits, context, () => this.#countersFor(graph, changes));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let isDurable = false;
    const before = this.#accepted;
    this.#accepted = graph;
    const held = this.#events.hold(this.#eventsOf(graph, changes, context));
    try {
      this.#journal.appendRevision(graph, storedRevision(graph, edits, changes, context), held, {
        durable: () => {
          isDurable = true;
          this.#graph = graph;
          for (const change of changes) this.#record(change, counters);
          held.release();
          resolve();
        },
        // NB: what was accepted after it fails as well.
        failed: (error) => {
          held.drop();
          this.#accepted = this.#graph;
          freeAll(counters);
          this.#planner.assertRoom(this.#graph, changes);
          reject(error);
        },
      });
    } catch (error) {
      held.drop();
      this.#accepted = before;
      freeAll(counters);
      this.#planner.assertRoom(before, changes);
      throw error;
    }
    if (isDurable) return undefined;
    // NB: not everybody waits for it.
    promise.catch(() => {});
    this.#pending = promise;
    return promise;
  }

  /** What `edit` would make of the graph. Throws what it would, and changes nothing. */
  tryEdit(edits: readonly GraphEdit[], context: EditContext): Applied {
    const applied = this.#apply(edits, context);
    if (!applied.unchanged)
      inEdits(edits, context, () => this.#planner.checkRoom(applied.graph, applied.changes));
    return applied;
  }

  #apply(edits: readonly GraphEdit[], { owner, expectedRevision, pathPrefix }: EditContext): Applied {
    for (const [i, edit] of edits.entries()) {
      const { processorId } = partOf(edit);
      if (processorId === undefined || !this.#services.has(processorId)) continue;
      prefixing(pathPrefix?.(i) ?? '', () => this.#refuseService(edit.kind, processorId));
    }
    return apply(this.#accepted, edits, { owner, expectedRevision, pathPrefix, types: this.#registry });
  }

  /** What is observed of the links of a processor. */
  linksOf(id: ProcessorId): LinkRecord[] {
    return [...linkIdsOf(this.#graph, id)].flatMap((linkId) => this.records.links.get(linkId) ?? []);
  }

  /** What is observed of the links that end at a processor. */
  incomingLinksOf(id: ProcessorId): LinkRecord[] {
    return this.linksOf(id).filter(({ spec }) => spec.to.processorId === id);
  }

  /** Everything that has to be committed since this was last called. */
  takeWork(): CommitWork {
    const work = this.#work;
    this.#work = emptyWork();
    return work;
  }

  /** Leaves to the next commit what one that broke off may not have done. */
  putBack({ processors, links, retiredProcessors, retiredLinks }: CommitWork): void {
    for (const id of processors) this.#work.processors.add(id);
    for (const id of links) this.#work.links.add(id);
    this.#work.retiredProcessors.push(...retiredProcessors.filter(({ lane }) => lane !== undefined));
    this.#work.retiredLinks.push(
      ...retiredLinks.filter(({ wiring, suspendedIn }) => (wiring ?? suspendedIn) !== undefined),
    );
  }

  /** Makes the next commit look at these parts, and start those of them that failed without a lane. */
  touch(parts: Iterable<Change | CommitPart>): void {
    for (const part of parts) {
      if ('linkId' in part) this.#work.links.add(part.linkId);
      else {
        const record = this.records.processors.get(part.processorId);
        if (record?.lane === undefined && record?.state === 'failed') record.state = 'pending';
        this.#work.processors.add(part.processorId);
      }
    }
  }

  /** The processors that the server itself added. */
  get services(): ReadonlySet<ProcessorId> {
    return this.#services;
  }

  /** The spec of a processor of the server itself. Throws what `edit` would. */
  serviceSpec(processorId: ProcessorId, processorType: string, config: JsonObject): ProcessorSpec {
    const service = {
      processorId,
      processorType,
      typeVersion: 0,
      displayName: '',
      config,
      placement: DEFAULT_PLACEMENT,
      supervision: {},
      paused: false,
      owner: USER,
      labels: {},
    };
    const edit: GraphEdit = { kind: 'add_processor', processor: service };
    const { graph } = apply(this.#graph, [edit], { owner: USER, types: this.#registry });
    return { ...(getProcessor(graph, processorId) ?? service), owner: SYSTEM };
  }

  addService(record: ProcessorRecord): void {
    this.#services.add(record.spec.processorId);
    this.records.processors.set(record.spec.processorId, record);
  }

  /** Whether every processor of the graph has ended or failed. */
  hasEnded(): boolean {
    for (const { spec, state } of this.records.processors.values()) {
      if (spec.owner !== SYSTEM && state !== 'stopped' && state !== 'failed') return false;
    }
    return true;
  }

  /** Makes the next commit look at the whole graph, as a start does. */
  touchEverything(): void {
    for (const record of this.records.processors.values()) {
      if (record.spec.owner === SYSTEM) continue;
      if (record.lane === undefined) record.state = 'pending';
      record.error = undefined;
      this.#work.processors.add(record.spec.processorId);
    }
    for (const id of this.records.links.keys()) this.#work.links.add(id);
  }

  /** Throws SERVICE_PROCESSOR for what the server itself added. */
  assertNotService(id: ProcessorId): void {
    if (this.#services.has(id)) this.#refuseService('update_processor', id);
  }

  /** The server's own processors are in no graph, but their ids are taken. */
  #refuseService(kind: GraphEdit['kind'], id: ProcessorId): never {
    const [code, message] =
      kind === 'add_processor'
        ? (['ID_TAKEN', `processor_id is taken by the server itself, was "${id}"`] as const)
        : ([
            'SERVICE_PROCESSOR',
            `processor_id names a processor of the server itself, was "${id}"`,
          ] as const);
    throw new StreamlibError(code, message, { path: 'processor_id' });
  }

  /** The counters of the links that come. Throws, having taken none, where there is no room for them or for a lane. */
  #countersFor(graph: Graph, changes: readonly Change[]): Map<LinkId, LinkCounters> {
    const counters = new Map<LinkId, LinkCounters>();
    try {
      for (const change of changes) {
        if (!('linkId' in change) || (change.kind !== 'created' && change.kind !== 'replaced')) continue;
        counters.set(change.linkId, new LinkCounters(this.#control));
      }
      this.#planner.assertRoom(graph, changes);
      return counters;
    } catch (error) {
      freeAll(counters);
      throw error;
    }
  }

  #record(change: Change, counters: ReadonlyMap<LinkId, LinkCounters>): void {
    const nowMs = wallClockMs();
    if ('linkId' in change) this.#recordLink(change.linkId, counters.get(change.linkId), nowMs);
    else this.#recordProcessor(change.processorId, nowMs);
  }

  #recordProcessor(id: ProcessorId, nowMs: number): void {
    const { processors } = this.records;
    const known = processors.get(id);
    const spec = getProcessor(this.#graph, id);
    if (spec === undefined) {
      processors.delete(id);
      if (known !== undefined) this.#work.retiredProcessors.push(known);
    } else if (known === undefined) {
      processors.set(id, createProcessorRecord(spec, nowMs));
    } else {
      const isReplaced = known.spec.processorType !== spec.processorType;
      known.spec = spec;
      known.updatedMs = nowMs;
      if (isReplaced) for (const linkId of linkIdsOf(this.#graph, id)) this.#adoptPorts(linkId);
    }
    this.#work.processors.add(id);
  }

  /** `counters` are those of a link that comes. */
  #recordLink(id: LinkId, counters: LinkCounters | undefined, nowMs: number): void {
    const { links } = this.records;
    const known = links.get(id);
    const spec = getLink(this.#graph, id);
    // A link that was replaced stands between other ports: its id is all that it has in common with the old one.
    if (known !== undefined && (spec === undefined || counters !== undefined))
      this.#work.retiredLinks.push(known);
    if (spec === undefined) links.delete(id);
    else if (counters !== undefined) {
      links.set(id, {
        spec,
        applied: undefined,
        wiring: undefined,
        suspendedIn: undefined,
        frameType: '',
        portDelivery: 'every',
        counters,
        reportedDrops: {},
        createdMs: nowMs,
        updatedMs: nowMs,
      });
      this.#adoptPorts(id);
    } else if (known !== undefined) {
      known.spec = spec;
      known.updatedMs = nowMs;
    }
    this.#work.links.add(id);
  }

  /** Takes over what the ports at a link's ends say of it. */
  #adoptPorts(id: LinkId): void {
    const record = this.records.links.get(id);
    if (record === undefined) return;
    const { from, to } = record.spec;
    record.frameType = this.#portOf(from.processorId, 'outputs', from.port)?.frameType ?? '';
    record.portDelivery = this.#portOf(to.processorId, 'inputs', to.port)?.delivery ?? 'every';
  }

  #portOf(id: ProcessorId, side: 'inputs' | 'outputs', port: string) {
    const spec = getProcessor(this.#graph, id);
    const type = spec && this.#registry.get(spec.processorType);
    return type?.[side].find(({ name }) => name === port);
  }

  /** What tells of a revision. `graph` is the one after it, which is not durable yet. */
  #eventsOf(graph: Graph, changes: readonly Change[], { owner, actor, traceId }: EditContext): EventDraft[] {
    const common = { traceId, revision: graph.revision };
    const value = { revision: BigInt(graph.revision), owner, actor, changes: changes.map(changeMessage) };
    const drafts: EventDraft[] = [
      { payload: { case: 'graphDidChange', value }, context: { topic: RUNTIME_TOPIC, ...common } },
    ];
    for (const change of changes) {
      const payload = 'linkId' in change ? this.#linkEvent(graph, change) : processorEvent(graph, change);
      const topic = 'linkId' in change ? linkTopic(change.linkId) : processorTopic(change.processorId);
      if (payload !== undefined) drafts.push({ payload, context: { topic, ...common } });
    }
    return drafts;
  }

  #linkEvent(
    graph: Graph,
    { kind, linkId, fields }: Extract<Change, { linkId: LinkId }>,
  ): EventPayload | undefined {
    const spec = getLink(graph, linkId);
    if (kind === 'deleted') {
      // NB: one that came and goes before it was durable has carried nothing.
      const known = this.records.links.get(linkId);
      return { case: 'linkRemoved', value: { linkId, counters: known && linkCountersMessage(known) } };
    }
    if (spec === undefined) return undefined;
    if (kind === 'created') {
      const { from, to } = spec;
      return {
        case: 'linkAdded',
        value: {
          linkId,
          fromProcessor: from.processorId,
          fromPort: from.port,
          toProcessor: to.processorId,
          toPort: to.port,
        },
      };
    }
    return { case: 'linkUpdated', value: { linkId, fields: [...(fields ?? [kind])] } };
  }
}

function processorEvent(
  graph: Graph,
  { kind, processorId, fields }: Extract<Change, { processorId: ProcessorId }>,
): EventPayload | undefined {
  const spec = getProcessor(graph, processorId);
  if (kind === 'deleted') return { case: 'processorRemoved', value: { processorId } };
  if (spec === undefined) return undefined;
  if (kind === 'created') {
    const { processorType, owner } = spec;
    return { case: 'processorAdded', value: { processorId, processorType, owner } };
  }
  return { case: 'processorConfigUpdated', value: { processorId, fields: [...(fields ?? [kind])] } };
}

function storedRevision(
  graph: Graph,
  edits: readonly GraphEdit[],
  changes: readonly Change[],
  { owner, actor, origin = '', command = '', request }: EditContext,
): MessageInitShape<typeof StoredRevisionSchema> {
  return {
    revision: {
      revision: BigInt(graph.revision),
      time: timestampFromMs(wallClockMs()),
      actor,
      origin,
      owner,
      edits: edits.map((edit) => editMessage(edit)),
      changes: changes.map(changeMessage),
      requestId: request?.requestId ?? '',
    },
    ...deltaOf(graph, changes),
    command,
    request,
  };
}

function freeAll(counters: ReadonlyMap<LinkId, LinkCounters>): void {
  for (const each of counters.values()) each.free();
}

/** What a check of all edits together throws, as an error of the edit that is about the processor that it names. */
function inEdits<Result>(
  edits: readonly GraphEdit[],
  { pathPrefix }: EditContext,
  check: () => Result,
): Result {
  try {
    return check();
  } catch (error) {
    const id = StreamlibError.from(error).details.processor_id;
    const index = edits.findLastIndex((edit) => partOf(edit).processorId === id);
    throw withPathPrefix(error, index < 0 ? '' : (pathPrefix?.(index) ?? ''));
  }
}
