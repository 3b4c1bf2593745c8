import { ringDoorbell } from '../../../native/index.ts';
import { StreamlibError } from '../errors.ts';
import { frameTypeNamed } from '../frame/frame-types.ts';
import { threadNames } from '../frame/name-table.ts';
import type { SlotPool } from '../frame/slot-pool.ts';
import type { AnyFrameType } from '../frame/slot-reference.ts';
import type { LinkId, ProcessorId } from '../ids.ts';
import { DirectLink } from '../link/direct-link.ts';
import type { DropReason } from '../link/link-counters.ts';
import { RingConsumer } from '../link/ring-consumer.ts';
import { RingProducer } from '../link/ring-producer.ts';
import type { LaneLink, LinkSide } from './messages.ts';
import { OutputLink } from './output-link.ts';
import type { ProcessorPorts } from './processor-io.ts';

interface AttachedLink {
  link: LaneLink;
  readonly output: OutputLink | undefined;
  readonly input: DirectLink | RingConsumer | undefined;
}

/** What the links of a lane need from it. */
export interface LaneLinksOptions {
  readonly pool: SlotPool;
  readonly doorbells: Int32Array;
  /** The ports of a processor that this lane hosts. */
  portsOf(processorId: ProcessorId): ProcessorPorts | undefined;
}

/** The link ends that one lane holds. They outlive the processors at them, with the frames that are queued. */
export class LaneLinks {
  readonly #options: LaneLinksOptions;
  readonly #links = new Map<LinkId, AttachedLink>();
  readonly #types = new Map<number, AnyFrameType>();

  constructor(options: LaneLinksOptions) {
    this.#options = options;
  }

  /** Throws PROCESSOR_NOT_FOUND or PORT_UNKNOWN, and then holds nothing of the link. */
  attach(link: LaneLink, side: LinkSide): void {
    const output = side === 'to' ? undefined : this.#ports(link.from.processorId).output(link.from.port);
    const input = side === 'from' ? undefined : this.#ports(link.to.processorId).input(link.to.port);
    const ends = link.transport === 'direct' ? this.#direct(link) : this.#ring(link, side);
    this.#links.set(link.linkId, { link, ...ends });
    if (ends.input !== undefined) input?.attach(ends.input);
    if (ends.output !== undefined) output?.attach(ends.output);
  }

  /** Ends the ends held here; answers how many frames that cost. */
  detach(linkId: LinkId, reason: DropReason): number {
    const attached = this.#links.get(linkId);
    if (attached === undefined) return 0;
    this.#links.delete(linkId);
    const { link, output, input } = attached;
    this.#options.portsOf(link.from.processorId)?.detach(output, undefined);
    this.#options.portsOf(link.to.processorId)?.detach(undefined, input);
    return (output?.detach(reason) ?? 0) + (input?.detach(reason) ?? 0);
  }

  /** Ends what is attached to a processor. */
  detachAll(processorId: ProcessorId, reason: DropReason): void {
    for (const { link, output, input } of [...this.#links.values()]) {
      const atFrom = output !== undefined && link.from.processorId === processorId;
      const atTo = input !== undefined && link.to.processorId === processorId;
      if (atFrom || atTo) this.detach(link.linkId, reason);
    }
  }

  /** Changes profile and capacity; answers how many frames no longer fit. */
  update(link: LaneLink): number {
    const attached = this.#links.get(link.linkId);
    if (attached === undefined) throw notFound('LINK_NOT_FOUND', 'link_id', link.linkId);
    const { output, input } = attached;
    attached.link = link;
    if (input instanceof DirectLink) return input.reshape(link.delivery, link.capacityFrames);
    if (link.ring !== undefined) input?.followWith(link.ring);
    output?.continueWith(this.#producer(link));
    return 0;
  }

  /** Joins the links of a processor that was started anew to its new ports. A link whose port is gone ends. */
  reconnect(processorId: ProcessorId, ports: ProcessorPorts): void {
    for (const { link, output, input } of [...this.#links.values()]) {
      try {
        if (output !== undefined && link.from.processorId === processorId)
          ports.output(link.from.port).attach(output);
        if (input !== undefined && link.to.processorId === processorId)
          ports.input(link.to.port).attach(input);
      } catch {
        this.detach(link.linkId, 'rewired');
      }
    }
  }

  #direct(link: LaneLink) {
    const direct = new DirectLink(link);
    return { input: direct, output: new OutputLink(direct, link.counters) };
  }

  #ring(link: LaneLink, side: LinkSide) {
    const { pool, doorbells } = this.#options;
    if (side === 'from')
      return { input: undefined, output: new OutputLink(this.#producer(link), link.counters) };
    const input = new RingConsumer({
      ring: ringOf(link),
      counters: link.counters,
      pool,
      typeOf: (typeId) => this.#typeOf(typeId),
      wakeProducer: () => ringDoorbell(doorbells, link.from.laneIndex),
    });
    return { input, output: undefined };
  }

  #producer(link: LaneLink): RingProducer {
    const { doorbells } = this.#options;
    return new RingProducer({
      ring: ringOf(link),
      counters: link.counters,
      wakeConsumer: () => ringDoorbell(doorbells, link.to.laneIndex),
    });
  }

  #typeOf(typeId: number): AnyFrameType {
    let type = this.#types.get(typeId);
    if (type === undefined) {
      type = frameTypeNamed(threadNames().nameOf(typeId));
      this.#types.set(typeId, type);
    }
    return type;
  }

  #ports(processorId: ProcessorId): ProcessorPorts {
    const ports = this.#options.portsOf(processorId);
    if (ports === undefined) throw notFound('PROCESSOR_NOT_FOUND', 'processor_id', processorId);
    return ports;
  }
}

function ringOf(link: LaneLink): SharedArrayBuffer {
  if (link.ring !== undefined) return link.ring;
  throw new StreamlibError('INTERNAL', `link ${link.linkId} has transport ring and no ring`);
}

function notFound(code: 'LINK_NOT_FOUND' | 'PROCESSOR_NOT_FOUND', path: string, id: string): StreamlibError {
  return new StreamlibError(code, `${path} ${JSON.stringify(id)} is not in this lane`, { path });
}
