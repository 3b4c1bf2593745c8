import { StreamlibError } from '../errors.ts';
import type { ProcessorId } from '../ids.ts';
import { HostedProcessor, type LoadedType } from './hosted-processor.ts';
import type { LaneLinks } from './lane-links.ts';
import type { LaneServices } from './lane-services.ts';
import type { HostedProcessor as HostedProcessorSpec, LaneStep, StepResult } from './messages.ts';

/** The processors of a lane. One that is set takes the place of the one with its id. */
export interface LaneProcessors {
  get(processorId: ProcessorId): HostedProcessor | undefined;
  set(processor: HostedProcessor): void;
  delete(processorId: ProcessorId): void;
}

/**
 * Takes the runtime's control steps. Steps that concern the same processor or link are taken one after the other;
 * a slow setup holds up nobody else.
 */
export class LaneSteps {
  readonly #services: LaneServices;
  readonly #processors: LaneProcessors;
  readonly #links: LaneLinks;
  /** The last step that concerns a processor or link, by its id. */
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(services: LaneServices, processors: LaneProcessors, links: LaneLinks) {
    this.#services = services;
    this.#processors = processors;
    this.#links = links;
  }

  /** Never rejects: what a step throws is in its result. */
  run(steps: readonly LaneStep[]): Promise<StepResult[]> {
    return Promise.all(steps.map((step) => this.#enqueue(step)));
  }

  #enqueue(step: LaneStep): Promise<StepResult> {
    // Who is to leave or to begin anew has no use for a setup that still goes on.
    if (step.step === 'halt' || step.step === 'unhost')
      this.#processors.get(step.processorId)?.abandonSetup();
    if (step.step === 'restart') this.#processors.get(step.processor.processorId)?.abandonSetup();
    const keys = keysOf(step);
    const before = keys.flatMap((key) => this.#last.get(key) ?? []);
    const result = Promise.all(before).then(() => this.#take(step));
    for (const key of keys) this.#last.set(key, result);
    void result.then(() => {
      for (const key of keys) if (this.#last.get(key) === result) this.#last.delete(key);
    });
    return result;
  }

  async #take(step: LaneStep): Promise<StepResult> {
    try {
      return await this.#perform(step);
    } catch (error) {
      return { error: StreamlibError.from(error).toPlain() };
    }
  }

  async #perform(step: LaneStep): Promise<StepResult> {
    const startedUs = this.#services.clock.nowUs();
    const pauseUs = () => this.#services.clock.nowUs() - startedUs;
    switch (step.step) {
      case 'host':
        return this.#host(step.processor);
      case 'activate':
        this.#get(step.processorId).activate();
        return {};
      case 'unhost':
        await this.#unhost(step.processorId);
        return {};
      case 'restart': {
        const result = await this.#host(step.processor);
        this.#get(step.processor.processorId).activate();
        return { ...result, pauseUs: pauseUs() };
      }
      case 'halt':
        this.#get(step.processorId).halt();
        return {};
      case 'pause':
        this.#get(step.processorId).pause();
        return {};
      case 'resume':
        this.#get(step.processorId).resume();
        return {};
      case 'configure':
        return { applied: this.#get(step.processorId).configure(step.config) };
      case 'supervise':
        this.#get(step.processorId).supervise(step.supervision);
        return {};
      case 'give_up':
        this.#get(step.processorId).giveUp();
        return {};
      case 'reinject':
        this.#get(step.processorId).reinject(step.letter);
        return {};
      case 'checkpoint':
        this.#get(step.processorId).takeCheckpoint();
        return {};
      case 'drain':
        this.#get(step.processorId).end();
        return {};
      case 'hold':
      case 'release': {
        const port = this.#get(step.processorId).ports.output(step.port);
        port.setHeld(step.step === 'hold');
        return { settled: !port.hasOverflow };
      }
      case 'attach':
        return { framesDropped: this.#links.attach(step.link, step.side) };
      case 'suspend':
        return { framesDropped: this.#links.suspend(step.linkId, step) };
      case 'detach': {
        const framesDropped = this.#links.detach(step.linkId, step.reason);
        return { framesDropped, pauseUs: pauseUs() };
      }
      case 'update_link': {
        return { ...this.#links.update(step.link), pauseUs: pauseUs() };
      }
    }
  }

  async #host(spec: HostedProcessorSpec): Promise<StepResult> {
    const { processorId } = spec;
    const type = await this.#load(spec.processorType);
    const before = this.#processors.get(processorId);
    await before?.stop();
    const checkpoint = before === undefined ? spec.checkpoint : before.checkpoint;
    const processor = new HostedProcessor({ ...spec, checkpoint }, type, this.#services);
    this.#processors.set(processor);
    this.#links.reconnect(processorId, processor.ports);
    const error = await processor.setUp();
    return error === undefined ? {} : { error };
  }

  async #load(processorType: string): Promise<LoadedType> {
    try {
      const module = await this.#services.types.load(processorType);
      return { class: module.default };
    } catch (error) {
      return { error: StreamlibError.from(error, 'SETUP_FAILED') };
    }
  }

  async #unhost(processorId: ProcessorId): Promise<void> {
    await this.#processors.get(processorId)?.stop();
    this.#links.detachAll(processorId, 'stopped');
    this.#processors.delete(processorId);
  }

  #get(processorId: ProcessorId): HostedProcessor {
    const processor = this.#processors.get(processorId);
    if (processor !== undefined) return processor;
    const text = `processor_id ${JSON.stringify(processorId)} is not in this lane`;
    throw new StreamlibError('PROCESSOR_NOT_FOUND', text, { path: 'processor_id' });
  }
}

/** The processors that a step is about. */
export function processorsOf(step: LaneStep): ProcessorId[] {
  if ('processor' in step) return [step.processor.processorId];
  return 'processorId' in step ? [step.processorId] : [];
}

function keysOf(step: LaneStep): string[] {
  switch (step.step) {
    case 'host':
    case 'restart':
      return [step.processor.processorId];
    case 'attach':
    case 'update_link':
      return [`link ${step.link.linkId}`, step.link.from.processorId, step.link.to.processorId];
    case 'detach':
    case 'suspend':
      return [`link ${step.linkId}`];
    default:
      return [step.processorId];
  }
}
