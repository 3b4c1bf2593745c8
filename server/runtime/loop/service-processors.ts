import { StreamlibError } from '../errors.ts';
import {
  apply,
  DEFAULT_PLACEMENT,
  type Graph,
  type GraphEdit,
  getProcessor,
  type ProcessorSpec,
  partOf,
  prefixing,
  type TypeCatalog,
} from '../graph/index.ts';
import { type ProcessorId, SYSTEM, USER } from '../ids.ts';
import type { JsonObject } from '../json.ts';

/** The processors that the server itself added. They are in no graph and no revision. */
export class ServiceProcessors {
  readonly #types: TypeCatalog;
  readonly #ids = new Set<ProcessorId>();

  constructor(types: TypeCatalog) {
    this.#types = types;
  }

  get ids(): ReadonlySet<ProcessorId> {
    return this.#ids;
  }

  add(id: ProcessorId): void {
    this.#ids.add(id);
  }

  /** The spec of a processor of the server itself. Throws what an edit of `present` would. */
  specOf(present: Graph, processorId: ProcessorId, processorType: string, config: JsonObject): ProcessorSpec {
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
    const { graph } = apply(present, [edit], { owner: USER, types: this.#types });
    return { ...(getProcessor(graph, processorId) ?? service), owner: SYSTEM };
  }

  /** Throws SERVICE_PROCESSOR for what the server itself added. */
  assertNotService(id: ProcessorId): void {
    if (this.#ids.has(id)) this.#refuse('update_processor', id);
  }

  /** Throws SERVICE_PROCESSOR, or ID_TAKEN, for edits of what the server itself added. */
  assertNoneEdited(edits: readonly GraphEdit[], pathPrefix?: (index: number) => string): void {
    for (const [i, edit] of edits.entries()) {
      const { processorId } = partOf(edit);
      if (processorId === undefined || !this.#ids.has(processorId)) continue;
      prefixing(pathPrefix?.(i) ?? '', () => this.#refuse(edit.kind, processorId));
    }
  }

  /** The server's own processors are in no graph, but their ids are taken. */
  #refuse(kind: GraphEdit['kind'], id: ProcessorId): never {
    const [code, message] =
      kind === 'add_processor'
        ? (['ID_TAKEN', `processor_id is taken by the server itself, was "${id}"`] as const)
        : ([
            'SERVICE_PROCESSOR',
            `processor_id names a processor of the server itself, was "${id}"`,
          ] as const);
    throw new StreamlibError(code, message, { path: 'processor_id' });
  }
}
