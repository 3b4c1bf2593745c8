import { create, type JsonObject, type MessageInitShape } from '@bufbuild/protobuf';
import type { Client } from '@connectrpc/connect';
import type { GraphEdit } from '../../../gen/ts/streamlib/v1/graph_pb.ts';
import { GraphEditSchema } from '../../../gen/ts/streamlib/v1/graph_pb.ts';
import type { LinkSpecSchema } from '../../../gen/ts/streamlib/v1/link_pb.ts';
import type { ProcessorSpecSchema } from '../../../gen/ts/streamlib/v1/processor_pb.ts';
import type {
  ApplyGraphRequestSchema,
  ApplyGraphResponse,
  RuntimeService,
} from '../../../gen/ts/streamlib/v1/runtime_pb.ts';

type Fields<Init> = Omit<Init, '$typeName' | '$unknown'>;
type Edit = NonNullable<MessageInitShape<typeof GraphEditSchema>['edit']>;

/** A port of a processor, as `tone.audio`. */
export type Port = `${string}.${string}`;

/** What a processor is made of beside its type; an id is made here where it has none. */
export type ProcessorFields = Fields<Omit<MessageInitShape<typeof ProcessorSpecSchema>, 'processorType'>>;

/** What a link is made of beside its ends. */
export type LinkFields = Fields<
  Omit<MessageInitShape<typeof LinkSpecSchema>, 'fromProcessor' | 'fromPort' | 'toProcessor' | 'toPort'>
>;

/** What changes of a processor: the fields of an UpdateProcessor. */
export type ProcessorChange = Fields<Extract<Edit, { case: 'updateProcessor' }>['value']>;

/** What changes of a link: the fields of an UpdateLink. */
export type LinkChange = Fields<Extract<Edit, { case: 'updateLink' }>['value']>;

/** How edits are applied: the fields of an ApplyGraphRequest, and a signal. */
export type ApplyOptions = Fields<
  Omit<MessageInitShape<typeof ApplyGraphRequestSchema>, 'commands' | 'target'>
> & {
  readonly signal?: AbortSignal;
};

/**
 * Collects edits, which `apply` makes all together or not at all. Nothing is sent before.
 *
 * ```ts
 * const graph = client.graph();
 * const tone = graph.addProcessor('SineGenerator', { config: { frequency_hz: 440 } });
 * const meter = graph.addProcessor('LevelMeter');
 * graph.connect(`${tone}.audio`, `${meter}.audio`);
 * await graph.apply();
 * ```
 */
export class GraphEdits {
  readonly #runtime: Client<typeof RuntimeService>;
  readonly #edits: GraphEdit[] = [];
  #requestId: string | undefined;

  constructor(runtime: Client<typeof RuntimeService>) {
    this.#runtime = runtime;
  }

  /** What was collected, in order. */
  get edits(): readonly GraphEdit[] {
    return this.#edits;
  }

  /** Adds an edit as the schema has it. */
  edit(edit: Edit): void {
    this.#edits.push(create(GraphEditSchema, { edit }));
    this.#requestId = undefined;
  }

  /** Answers the id, which later edits may name. */
  addProcessor(processorType: string, fields: ProcessorFields = {}): string {
    const processorId = fields.processorId || newId(processorType);
    this.edit({ case: 'addProcessor', value: { processor: { ...fields, processorType, processorId } } });
    return processorId;
  }

  /** Changes what is named, and nothing else; a config is merged into the one that is there. */
  updateProcessor(processorId: string, change: Omit<ProcessorChange, 'processorId'>): void {
    this.edit({ case: 'updateProcessor', value: { ...change, processorId } });
  }

  /** Puts another type in a processor's place; its links stay where the ports fit. Without a config the old one is kept. */
  replaceProcessor(processorId: string, processorType: string, config?: JsonObject): void {
    this.edit({ case: 'replaceProcessor', value: { processorId, processorType, ...(config && { config }) } });
  }

  /** Removes a processor and its links. */
  deleteProcessor(processorId: string): void {
    this.edit({ case: 'removeProcessor', value: { processorId } });
  }

  pauseProcessor(processorId: string): void {
    this.edit({ case: 'pauseProcessor', value: { processorId } });
  }

  resumeProcessor(processorId: string): void {
    this.edit({ case: 'resumeProcessor', value: { processorId } });
  }

  /** Links an output with an input; answers the link's id. Throws TypeError for what names no port. */
  connect(from: Port, to: Port, fields: LinkFields = {}): string {
    const [fromProcessor, fromPort] = portParts(from);
    const [toProcessor, toPort] = portParts(to);
    const linkId = fields.linkId || newId('link');
    const link = { ...fields, linkId, fromProcessor, fromPort, toProcessor, toPort };
    this.edit({ case: 'connect', value: { link } });
    return linkId;
  }

  /** Changes what is named while frames flow, and nothing else. */
  updateLink(linkId: string, change: Omit<LinkChange, 'linkId'>): void {
    this.edit({ case: 'updateLink', value: { ...change, linkId } });
  }

  disconnect(linkId: string): void {
    this.edit({ case: 'disconnect', value: { linkId } });
  }

  /**
   * Sends what was collected as one request: all of it is done, or nothing. The request has an id, which stays until there
   * is another edit: a call that failed on its way may be made again, and nothing is done twice.
   */
  apply({ signal, ...options }: ApplyOptions = {}): Promise<ApplyGraphResponse> {
    this.#requestId ??= crypto.randomUUID();
    const request = { requestId: this.#requestId, ...options, commands: this.#edits };
    return this.#runtime.applyGraph(request, { ...(signal && { signal }) });
  }
}

// NB: ids of processors may have a dot, ports have none.
function portParts(port: Port): [processor: string, port: string] {
  const dot = port.lastIndexOf('.');
  if (dot > 0 && dot < port.length - 1) return [port.slice(0, dot), port.slice(dot + 1)];
  throw new TypeError(`a port must be named processor.port, was ${JSON.stringify(port)}`);
}

/** `SineGenerator-1x8k0q3f` for a SineGenerator; what ids may not have is left out. */
function newId(name: string): string {
  const stem = name
    .replaceAll(/[^A-Za-z0-9_-]/g, '')
    .replace(/^[_-]+/, '')
    .slice(0, 48);
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  const suffix = Array.from(bytes, (byte) => (byte % 36).toString(36)).join('');
  return `${stem === '' ? 'part' : stem}-${suffix}`;
}
