import { StreamlibError } from '../errors.ts';
import type { SlotPool } from '../frame/slot-pool.ts';
import type { AnyFrameType } from '../frame/slot-reference.ts';
import type { DropReason } from '../link/link-counters.ts';
import type { LinkConsumer } from '../link/link-end.ts';
import type { ProcessorDescriptor, ProcessorIo } from '../processor.ts';
import { InputPort } from './input-port.ts';
import type { OutputLink } from './output-link.ts';
import { OutputPort } from './output-port.ts';
import type { ProcessorCounterWriter } from './processor-counters.ts';

/** What the ports of a processor are made from. */
export interface ProcessorPortsOptions {
  readonly descriptor: ProcessorDescriptor | undefined;
  readonly pool: SlotPool;
  readonly counters: ProcessorCounterWriter;
  /** Called after each read and write of a processor that reads and writes outside of the lane's turns. */
  readonly onTransfer: (() => void) | undefined;
}

/** All ports of one hosted processor, as the lane works with them; `io` is how the processor sees them. */
export class ProcessorPorts {
  readonly io: ProcessorIo;
  readonly #inputs = new Map<string, InputPort>();
  readonly #outputs = new Map<string, OutputPort>();
  readonly #inputList: InputPort[] = [];
  readonly #outputList: OutputPort[] = [];
  readonly #pool: SlotPool;
  readonly #counters: ProcessorCounterWriter;
  readonly #onTransfer: (() => void) | undefined;
  readonly #open: boolean;
  #settled = true;

  /** Without a descriptor every port exists, so that what is linked to an unknown type does not pile up. */
  constructor({ descriptor, pool, counters, onTransfer }: ProcessorPortsOptions) {
    this.#pool = pool;
    this.#counters = counters;
    this.#onTransfer = onTransfer;
    this.#open = descriptor === undefined;
    for (const name of Object.keys(descriptor?.inputs ?? {})) this.#addInput(name);
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
      if ((this.#outputList[i] as OutputPort).credit === 0) return true;
    return false;
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

  setPaused(paused: boolean): void {
    for (const input of this.#inputList) input.setPaused(paused);
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

  #addInput(name: string): InputPort {
    const port = new InputPort(this.#counters, this.#onTransfer);
    this.#inputs.set(name, port);
    this.#inputList.push(port);
    return port;
  }

  #addOutput(name: string, frame: AnyFrameType | 'any'): OutputPort {
    const onUnsettled = () => {
      this.#settled = false;
    };
    const port = new OutputPort({
      name,
      frame,
      pool: this.#pool,
      counters: this.#counters,
      onUnsettled,
      onWrite: this.#onTransfer,
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
