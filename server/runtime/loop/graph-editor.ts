import { StreamlibError } from '../errors.ts';
import type { EventLog } from '../events/event-log.ts';
import {
  type Applied,
  allLinks,
  allProcessors,
  apply,
  type Change,
  type Graph,
  type GraphEdit,
  partOf,
  withPathPrefix,
} from '../graph/index.ts';
import type { ControlJournal } from '../history/control-journal.ts';
import type { LinkId } from '../ids.ts';
import type { ControlMemory } from '../link/control-memory.ts';
import { LinkCounters } from '../link/link-counters.ts';
import type { ProcessorRegistry } from '../registry/index.ts';
import type { AcceptedRevision } from './accepted-revision.ts';
import { eventsOfChanges } from './change-events.ts';
import type { EditContext } from './edit-context.ts';
import type { LanePlanner } from './lane-planner.ts';
import { ObservedGraph } from './observed-graph.ts';
import { ServiceProcessors } from './service-processors.ts';
import { storedRevision } from './stored-revision.ts';

/** What a graph editor works on. */
export interface GraphEditorOptions {
  readonly registry: ProcessorRegistry;
  readonly events: EventLog;
  readonly planner: LanePlanner;
  /** Where counters of links lie. */
  readonly control: ControlMemory;
  readonly journal: ControlJournal;
}

/** Accepts edits: checks them, has the journal keep them, and lets them be seen as soon as they are durable. */
export class GraphEditor {
  readonly observed: ObservedGraph;
  readonly services: ServiceProcessors;
  readonly #registry: ProcessorRegistry;
  readonly #events: EventLog;
  readonly #planner: LanePlanner;
  readonly #control: ControlMemory;
  readonly #journal: ControlJournal;
  #accepted: Graph;
  /** Of the revision that was accepted last. */
  #pending: Promise<void> | undefined;

  constructor({ registry, events, planner, control, journal }: GraphEditorOptions) {
    this.observed = new ObservedGraph(registry);
    this.services = new ServiceProcessors(registry);
    this.#accepted = this.graph;
    this.#registry = registry;
    this.#events = events;
    this.#planner = planner;
    this.#control = control;
    this.#journal = journal;
  }

  /** The newest durable graph: what reads, events and commits see. */
  get graph(): Graph {
    return this.observed.graph;
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
    this.#accepted = graph;
    this.observed.follow(graph, created, counters);
  }

  /** Applies edits to the newest accepted graph as one revision, or throws and changes nothing. */
  edit(edits: readonly GraphEdit[], context: EditContext): AcceptedRevision {
    const { owner, onFailure = 'keep', deadlineMs, trace } = context;
    const before = this.#accepted;
    const { graph, changes, unchanged } = this.#apply(edits, context);
    // NB: what comes to nothing because of an edit that is on its way to the disk is as good as that is.
    const durable = unchanged ? this.#onItsWay : this.#accept(graph, edits, changes, context);
    const accepted = { revision: graph.revision, unchanged, changes, durable };
    return { ...accepted, edits, owner, before, after: graph, onFailure, deadlineMs, trace };
  }

  /** Until the newest accepted graph is durable. */
  get #onItsWay(): Promise<void> | undefined {
    return this.#accepted === this.graph ? undefined : this.#pending;
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
    const held = this.#events.hold(eventsOfChanges(graph, this.observed.records, changes, context));
    try {
      this.#journal.appendRevision(graph, storedRevision(graph, edits, changes, context), held, {
        durable: () => {
          isDurable = true;
          this.observed.follow(graph, changes, counters, context.bringsBack);
          held.release();
          resolve();
        },
        // NB: what was accepted after it fails as well.
        failed: (error) => {
          held.drop();
          this.#accepted = this.graph;
          freeAll(counters);
          this.#planner.assertRoom(this.graph, changes);
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
    this.services.assertNoneEdited(edits, pathPrefix);
    return apply(this.#accepted, edits, { owner, expectedRevision, pathPrefix, types: this.#registry });
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
