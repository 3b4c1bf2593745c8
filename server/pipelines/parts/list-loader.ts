import { StreamlibError } from '../../runtime/errors.ts';
import type { ProcessorModule, ProcessorTypeEntry } from '../../runtime/processor.ts';
import type { NodeLoader } from '../instance/node-surroundings.ts';

/** Loads types from the lists at these addresses, as a lane does: only those that are asked for. */
export class ListLoader implements NodeLoader {
  readonly #registries: readonly string[];
  #entries: Promise<Map<string, ProcessorTypeEntry>> | undefined;

  constructor(registries: readonly string[]) {
    this.#registries = registries;
  }

  async loadModule(type: string): Promise<ProcessorModule> {
    this.#entries ??= this.#loadLists();
    const entry = (await this.#entries).get(type);
    if (entry !== undefined) return entry.load();
    const message = `type must be a registered type, was ${JSON.stringify(type)}`;
    throw new StreamlibError('PROCESSOR_TYPE_UNKNOWN', message, { path: 'type' });
  }

  async #loadLists(): Promise<Map<string, ProcessorTypeEntry>> {
    const lists = await Promise.all(
      this.#registries.map(
        (url) => import(url) as Promise<{ readonly processorTypes: readonly ProcessorTypeEntry[] }>,
      ),
    );
    const entries = new Map<string, ProcessorTypeEntry>();
    for (const entry of lists.flatMap(({ processorTypes }) => processorTypes))
      if (!entries.has(entry.type)) entries.set(entry.type, entry);
    return entries;
  }
}
