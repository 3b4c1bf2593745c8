import { StreamlibError } from '../errors.ts';
import type { FramePool } from '../frame/frame-pool.ts';
import type { Segment } from '../frame/segment.ts';
import type { LinkId, ProcessorId } from '../ids.ts';
import { DirectLink } from '../link/direct-link.ts';
import { Doorbell } from '../link/doorbell.ts';
import { type GapPolicy, GapProducer } from '../link/gap-producer.ts';
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

interface LinkEnds {
  readonly input: DirectLink | RingConsumer | undefined;
  readonly producer: DirectLink | RingProducer | undefined;
}

/** What the links of a lane need from it. */
export interface LaneLinksOptions {
  readonly pool: FramePool;
  readonly segment: Segment;
  /** The ports of a processor that this lane hosts. */
  portsOf(processorId: ProcessorId): ProcessorPorts | undefined;
}

/** The link ends that one lane holds. They outlive the processors at them, with the frames that are queued. */
export class LaneLinks {
  readonly #options: LaneLinksOptions;
  readonly #links = new Map<LinkId, AttachedLink>();
  readonly #linksOf = new Map<ProcessorId, Set<LinkId>>();
  #touched = new Set<ProcessorId>();
  /** Those that have something to publish. */
  readonly #changed: DirectLink[] = [];
  readonly #onChange = (link: DirectLink) => this.#changed.push(link);

  constructor(options: LaneLinksOptions) {
    this.#options = options;
  }

  /**
   * Answers how many frames a gap before it cost. Throws PROCESSOR_NOT_FOUND or PORT_UNKNOWN, and then holds nothing of
   * the link.
   */
  attach(link: LaneLink, side: LinkSide): number {
    const suspended = this.#links.get(link.linkId)?.output;
    const output = side === 'to' ? undefined : this.#ports(link.from.processorId).output(link.from.port);
    const input = side === 'from' ? undefined : this.#ports(link.to.processorId).input(link.to.port);
    const ends = link.transport === 'direct' ? this.#direct(link) : this.#ring(link, side);
    if (ends.input !== undefined) input?.attach(ends.input);
    if (ends.producer === undefined || suspended === undefined) {
      const fresh = ends.producer && new OutputLink(ends.producer, this.#options.segment, link.countersPlace);
      this.#keep({ link, input: ends.input, output: fresh });
      if (fresh !== undefined) output?.attach(fresh);
      return 0;
    }
    this.#keep({ link, input: ends.input, output: suspended });
    return suspended.resume(ends.producer);
  }

  /** Ends the ends held here but for the producing one, which waits; answers how many frames that cost. */
  suspend(linkId: LinkId, { holds, reason }: GapPolicy): number {
    const attached = this.#links.get(linkId);
    if (attached === undefined) return 0;
    const { link, output, input } = attached;
    this.#keep({ link, output, input: undefined });
    this.#options.portsOf(link.to.processorId)?.detach(undefined, input);
    const policy = { holds: holds && link.delivery === 'lossless', reason };
    const gap = new GapProducer(this.#options.segment, link.countersPlace, policy);
    const dropped = output?.suspend(gap, reason) ?? 0;
    return dropped + (input === undefined || input instanceof DirectLink ? 0 : input.detach(reason));
  }

  /** Ends the ends held here; answers how many frames that cost. */
  detach(linkId: LinkId, reason: DropReason): number {
    const attached = this.#links.get(linkId);
    if (attached === undefined) return 0;
    this.#forget(attached);
    const { link, output, input } = attached;
    this.#options.portsOf(link.from.processorId)?.detach(output, undefined);
    this.#options.portsOf(link.to.processorId)?.detach(undefined, input);
    return (output?.detach(reason) ?? 0) + (input?.detach(reason) ?? 0);
  }

  /** Ends what is attached to a processor. */
  detachAll(processorId: ProcessorId, reason: DropReason): void {
    for (const { link, output, input } of this.#attachedTo(processorId)) {
      const atFrom = output !== undefined && link.from.processorId === processorId;
      const atTo = input !== undefined && link.to.processorId === processorId;
      if (atFrom || atTo) this.detach(link.linkId, reason);
    }
  }

  /** Changes profile and capacity; answers how many frames no longer fit, and a consumer how many rings it still uses. */
  update(link: LaneLink): { readonly framesDropped: number; readonly ringsInUse?: number } {
    const attached = this.#links.get(link.linkId);
    if (attached === undefined) throw notFound('LINK_NOT_FOUND', 'link_id', link.linkId);
    const { output, input } = attached;
    attached.link = link;
    if (input instanceof DirectLink)
      return { framesDropped: input.reshape(link.delivery, link.capacityFrames) };
    output?.continueWith(this.#producer(link));
    return { framesDropped: 0, ...(input && { ringsInUse: input.followWith(ringOf(link)) }) };
  }

  /** The links inside the lane from or to a processor. */
  directOf(processorId: ProcessorId): { readonly direct: DirectLink; readonly link: LaneLink }[] {
    return this.#attachedTo(processorId).flatMap(({ link, input }) =>
      input instanceof DirectLink ? { direct: input, link } : [],
    );
  }

  /** The end of a link that frames are written to here, if there is one. */
  producingEndOf(linkId: LinkId): OutputLink | undefined {
    return this.#links.get(linkId)?.output;
  }

  /** The processors at links that came or went since this was last called. */
  takeTouched(): ReadonlySet<ProcessorId> {
    const touched = this.#touched;
    this.#touched = new Set();
    return touched;
  }

  /** Lets everybody see what the links inside the lane counted. */
  publish(): void {
    for (const link of this.#changed) link.publish();
    this.#changed.length = 0;
  }

  /** Joins the links of a processor that was started anew to its new ports. A link whose port is gone ends. */
  reconnect(processorId: ProcessorId, ports: ProcessorPorts): void {
    for (const { link, output, input } of this.#attachedTo(processorId)) {
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

  #attachedTo(processorId: ProcessorId): AttachedLink[] {
    return [...(this.#linksOf.get(processorId) ?? [])].flatMap((linkId) => this.#links.get(linkId) ?? []);
  }

  #keep(attached: AttachedLink): void {
    const { linkId, from, to } = attached.link;
    this.#links.set(linkId, attached);
    for (const { processorId } of [from, to]) {
      this.#touched.add(processorId);
      const known = this.#linksOf.get(processorId);
      if (known === undefined) this.#linksOf.set(processorId, new Set([linkId]));
      else known.add(linkId);
    }
  }

  #forget({ link: { linkId, from, to } }: AttachedLink): void {
    this.#links.delete(linkId);
    for (const { processorId } of [from, to]) {
      this.#touched.add(processorId);
      const known = this.#linksOf.get(processorId);
      known?.delete(linkId);
      if (known?.size === 0) this.#linksOf.delete(processorId);
    }
  }

  #direct(link: LaneLink): LinkEnds {
    const direct = new DirectLink({ ...link, ...this.#options, onChange: this.#onChange });
    return { input: direct, producer: direct };
  }

  #ring(link: LaneLink, side: LinkSide): LinkEnds {
    if (side === 'from') return { input: undefined, producer: this.#producer(link) };
    const { pool, segment } = this.#options;
    const doorbell = new Doorbell(segment, link.from.laneIndex);
    const { latency } = link;
    const input = new RingConsumer({ segment, pool, doorbell, latency, ringPlace: ringOf(link) });
    return { input, producer: undefined };
  }

  #producer(link: LaneLink): RingProducer {
    const { pool, segment } = this.#options;
    const doorbell = new Doorbell(segment, link.to.laneIndex);
    return new RingProducer({ segment, pool, doorbell, ringPlace: ringOf(link) });
  }

  #ports(processorId: ProcessorId): ProcessorPorts {
    const ports = this.#options.portsOf(processorId);
    if (ports === undefined) throw notFound('PROCESSOR_NOT_FOUND', 'processor_id', processorId);
    return ports;
  }
}

function ringOf(link: LaneLink): number {
  if (link.ringPlace !== undefined) return link.ringPlace;
  throw new StreamlibError('INTERNAL', `link ${link.linkId} has transport ring and no ring`);
}

function notFound(code: 'LINK_NOT_FOUND' | 'PROCESSOR_NOT_FOUND', path: string, id: string): StreamlibError {
  return new StreamlibError(code, `${path} ${JSON.stringify(id)} is not in this lane`, { path });
}
