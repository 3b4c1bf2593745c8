import { StreamlibError } from '../errors.ts';
import { registerFrameTypes } from '../frame/frame-types.ts';
import type { ProcessorModule, ProcessorTypeEntry } from '../processor.ts';

interface RegistryModule {
  readonly processorTypes: readonly ProcessorTypeEntry[];
}

/** Loads the processor types that a lane hosts, and no others. */
export class LaneTypes {
  readonly #registries: readonly string[];
  #entries: Promise<Map<string, ProcessorTypeEntry>> | undefined;

  constructor(registries: readonly string[]) {
    this.#registries = registries;
  }

  /** Throws PROCESSOR_TYPE_UNKNOWN if no registry has the type, SETUP_FAILED if its module does not
   * load, and FIELD_INVALID if it uses another version of a frame type that this lane knows. */
  async load(type: string): Promise<ProcessorModule> {
    this.#entries ??= this.#loadRegistries();
    const entry = (await this.#entries).get(type);
    if (entry === undefined) {
      const text = `processor_type must be a registered type, was ${JSON.stringify(type)}`;
      throw new StreamlibError('PROCESSOR_TYPE_UNKNOWN', text, { path: 'processor_type' });
    }
    const module = await entry.load();
    registerFrameTypes(module.default.descriptor);
    return module;
  }

  async #loadRegistries(): Promise<Map<string, ProcessorTypeEntry>> {
    const entries = new Map<string, ProcessorTypeEntry>();
    for (const url of this.#registries) {
      const { processorTypes } = (await import(url)) as RegistryModule;
      for (const entry of processorTypes) if (!entries.has(entry.type)) entries.set(entry.type, entry);
    }
    return entries;
  }
}
