import { type AvSyncProbe, avSyncProbes } from '../av/av-sync-probes.ts';
import type { LastTime } from '../clock.ts';
import { StreamlibError } from '../errors.ts';
import { DataFrame } from '../frame/data-frame.ts';
import { decodeFrame } from '../frame/frame-message.ts';
import type { FramePool } from '../frame/frame-pool.ts';
import type { Frame } from '../frame/frame-type.ts';
import type { AnyFrameType } from '../frame/slot-reference.ts';
import type { DropReason } from '../link/link-counters.ts';
import type { HoldReason, LinkConsumer, LinkReader } from '../link/link-end.ts';
import type { ProcessorDescriptor, ProcessorIo } from '../processor.ts';
import type { CallGuard } from './call-guard.ts';
import type { LaneDeadLetter } from './dead-letter.ts';
import { InputPort } from './input-port.ts';
import type { OutputLink } from './output-link.ts';
import { OutputPort } from './output-port.ts';
import type { ProcessorCounterWriter } from './processor-counters.ts';

/** What the ports of a processor are made from. */
export interface ProcessorPortsOptions {
  readonly descriptor: ProcessorDescriptor | undefined;
  readonly pool: FramePool;
  readonly counters: ProcessorCounterWriter;
  /** Where the sync error of a processor that reads picture and sound is written. */
  readonly avSyncWords: Float64Array;
  /** Made ready when there is something new on a link to the processor. */
  readonly reader: LinkReader;
  /** Called after each read and write of a processor that reads and writes outside of the lane's turns. */
  readonly onTransfer: (() => void) | undefined;
  /** Called when a full link did not take what was written. */
  readonly onUnsettled: () => void;
  /** The time of the lane, where frames are acquired outside of its turns and it has to be read for them. */
  readonly time: LastTime | undefined;
}

/** All ports of one hosted processor, as the lane works with them; `io` is how the processor sees them. */
export class ProcessorPorts {
  readonly io: ProcessorIo;
  readonly #inputs = new Map<string, InputPort>();
  readonly #outputs = new Map<string, OutputPort>();
  readonly #inputList: InputPort[] = [];
  readonly #outputList: OutputPort[] = [];
  readonly #pool: FramePool;
  readonly #counters: ProcessorCounterWriter;
  readonly #reader: LinkReader;
  readonly #onTransfer: (() => void) | undefined;
  readonly #onUnsettled: () => void;
  readonly #time: LastTime | undefined;
  readonly #open: boolean;
  #settled = true;

  /** Without a descriptor every port exists, so that what is linked to an unknown type does not pile up. */
  constructor({
    descriptor,
    pool,
    counters,
    avSyncWords,
    reader,
    onTransfer,
    onUnsettled,
    time,
  }: ProcessorPortsOptions) {
    this.#pool = pool;
    this.#time = time;
    this.#onUnsettled = onUnsettled;
    this.#counters = counters;
    this.#reader = reader;
    this.#onTransfer = onTransfer;
    this.#open = descriptor === undefined;
    const probes = avSyncProbes(descriptor?.inputs ?? {}, avSyncWords);
    for (const name of Object.keys(descriptor?.inputs ?? {})) this.#addInput(name, probes.get(name));
    for (const [name, { frame }] of Object.entries(descriptor?.outputs ?? {})) this.#addOutput(name, frame);
    this.io = {
      inputs: Object.fromEntries(this.#inputs),
      outputs: Object.fromEntries(this.#outputs),
    } as unknown as ProcessorIo;
  }

  /** Throws PORT_UNKNOWN. */
  input(name: string): InputPort {
    const port = this.#inputs.get(name) ?? (this.#open ? this.#addInput(name) : undefined);
    if (port === undefined) throw portUnknown('to_port', name, this.#inputs);
    return port;
  }

  /** Throws PORT_UNKNOWN. */
  output(name: string): OutputPort {
    const port = this.#outputs.get(name) ?? (this.#open ? this.#addOutput(name, 'any') : undefined);
    if (port === undefined) throw portUnknown('from_port', name, this.#outputs);
    return port;
  }

  /** Takes a link end off the port that has it, if one has. */
  detach(output: OutputLink | undefined, input: LinkConsumer | undefined): void {
    if (output !== undefined) for (const port of this.#outputList) port.detach(output);
    if (input !== undefined) for (const port of this.#inputList) port.detach(input);
  }

  /** How many links end here. */
  get inputLinks(): number {
    let links = 0;
    for (let i = 0; i < this.#inputList.length; i++) links += (this.#inputList[i] as InputPort).links;
    return links;
  }

  /** Whether nobody says when there is something new at an input, or room again for what waits at an output. */
  get isPolled(): boolean {
    if (!this.#settled) return true;
    for (let i = 0; i < this.#inputList.length; i++)
      if ((this.#inputList[i] as InputPort).isPolled) return true;
    return false;
  }

  /** Whether frames wait at an input. */
  get hasQueued(): boolean {
    for (let i = 0; i < this.#inputList.length; i++)
      if ((this.#inputList[i] as InputPort).hasQueued) return true;
    return false;
  }

  /** How many frames wait at all inputs. */
  get queued(): number {
    let queued = 0;
    for (let i = 0; i < this.#inputList.length; i++) queued += (this.#inputList[i] as InputPort).queued;
    return queued;
  }

  /** Whether links end here and all of them have ended and been read empty. */
  get inputsEnded(): boolean {
    let links = 0;
    for (let i = 0; i < this.#inputList.length; i++) {
      const input = this.#inputList[i] as InputPort;
      if (input.links > 0 && !input.ended) return false;
      links += input.links;
    }
    return links > 0;
  }

  /** Whether a lossless link takes nothing more for now. */
  get heldBack(): boolean {
    for (let i = 0; i < this.#outputList.length; i++)
      if (!(this.#outputList[i] as OutputPort).hasCredit) return true;
    return false;
  }

  /** How many frames all lossless links can take at once. */
  get credit(): number {
    let credit = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#outputList.length; i++)
      credit = Math.min(credit, (this.#outputList[i] as OutputPort).credit);
    return credit;
  }

  get hasOverflow(): boolean {
    return !this.#settled && this.#outputList.some((output) => output.hasOverflow);
  }

  /** Hands on what waited for a link to take it. Costs nothing when nothing waits. */
  settle(): void {
    if (this.#settled) return;
    let settled = true;
    for (const output of this.#outputList) if (!output.settle()) settled = false;
    this.#settled = settled;
  }

  releaseWaiting(): void {
    for (const output of this.#outputList) output.releaseWaiting();
  }

  /** `reason` is what drops are counted under that come from nobody reading. */
  setPaused(paused: boolean, reason?: HoldReason): void {
    for (const input of this.#inputList) input.setPaused(paused, reason);
  }

  /** Has a guard know of every frame that is read. */
  setGuard(guard: CallGuard | undefined): void {
    for (const input of this.#inputList) input.setGuard(guard);
  }

  /** Reads a frame in the processor's place. */
  readOldest(): Frame | undefined {
    for (const input of this.#inputList) {
      const frame = input.hasQueued ? input.read() : undefined;
      if (frame !== undefined) return frame;
    }
    return undefined;
  }

  /** Gives a frame to the input that it came to once more. Throws PORT_UNKNOWN or QUEUE_FULL. */
  reinject(letter: LaneDeadLetter): void {
    const port = this.input(letter.inputPort);
    const frame = decodeFrame(letter.bytes, this.#pool);
    try {
      port.reinject({ letter, frame });
    } catch (error) {
      frame.release();
      throw error;
    }
  }

  /** Takes back what was reinjected and not read. */
  takeReturned(): LaneDeadLetter[] {
    return this.#inputList.flatMap((input) => input.takeReturned());
  }

  /** The outputs that take data frames. */
  dataOutputs(): OutputPort[] {
    return this.#outputList.filter(({ frame }) => frame === 'any' || frame.name === DataFrame.name);
  }

  discardInputs(reason: DropReason): void {
    for (let i = 0; i < this.#inputList.length; i++) (this.#inputList[i] as InputPort).discard(reason);
  }

  openOutputs(): void {
    for (const output of this.#outputList) output.open();
  }

  closeOutputs(): void {
    for (const output of this.#outputList) output.close();
  }

  #addInput(name: string, probe?: AvSyncProbe): InputPort {
    const port = new InputPort({
      name,
      counters: this.#counters,
      reader: this.#reader,
      onRead: this.#onTransfer,
      probe,
    });
    this.#inputs.set(name, port);
    this.#inputList.push(port);
    return port;
  }

  #addOutput(name: string, frame: AnyFrameType | 'any'): OutputPort {
    const onUnsettled = () => {
      this.#settled = false;
      this.#onUnsettled();
    };
    const port = new OutputPort({
      name,
      frame,
      pool: this.#pool,
      counters: this.#counters,
      onUnsettled,
      onWrite: this.#onTransfer,
      time: this.#time,
    });
    this.#outputs.set(name, port);
    this.#outputList.push(port);
    return port;
  }
}

function portUnknown(path: string, name: string, ports: ReadonlyMap<string, unknown>): StreamlibError {
  const text = `${path} must be one of ${[...ports.keys()].join(', ') || '(none)'}, was ${JSON.stringify(name)}`;
  return new StreamlibError('PORT_UNKNOWN', text, { path });
}
