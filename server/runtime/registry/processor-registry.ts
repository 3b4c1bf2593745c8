import { StreamlibError } from '../errors.ts';
import { registerFrameTypes } from '../frame/frame-types.ts';
import type { ProcessorSpec, TypeCatalog } from '../graph/index.ts';
import type { JsonObject } from '../json.ts';
import type { ProcessorDescriptor, ProcessorModule, ProcessorTypeEntry } from '../processor.ts';
import { nearestNames } from './nearest-names.ts';
import { RegisteredType } from './registered-type.ts';

type ConfiguredType = Pick<ProcessorSpec, 'processorType' | 'config'>;

/**
 * Every processor type of a runtime. It lives on the runtime's thread, which knows the descriptors of all types; a
 * lane loads only the files of the types that it hosts.
 */
export class ProcessorRegistry implements TypeCatalog {
  readonly #types = new Map<string, RegisteredType>();
  readonly #loaders = new Map<string, ProcessorTypeEntry['load']>();

  /**
   * Loads the modules at these addresses, each of which exports `processorTypes`, and checks every descriptor.
   * Throws FIELD_INVALID or ID_INVALID naming the module, or the type and the field, at fault.
   */
  static async load(urls: readonly string[]): Promise<ProcessorRegistry> {
    const lists = await Promise.all(urls.map(entriesOf));
    return ProcessorRegistry.of(lists.flat());
  }

  /** The same from entries. */
  static async of(entries: readonly ProcessorTypeEntry[]): Promise<ProcessorRegistry> {
    const registry = new ProcessorRegistry();
    const modules = await Promise.all(entries.map(({ load }) => load()));
    for (const [i, entry] of entries.entries()) registry.#add(entry, modules[i] as ProcessorModule);
    return registry;
  }

  get(typeName: string): RegisteredType | undefined {
    return this.#types.get(typeName);
  }

  nearest(typeName: string): string[] {
    return nearestNames(typeName, this.#types.keys());
  }

  descriptor(typeName: string): ProcessorDescriptor | undefined {
    return this.#types.get(typeName)?.descriptor;
  }

  /** Of all types, in order of their names. */
  descriptors(): ProcessorDescriptor[] {
    return [...this.#types.values()]
      .map(({ descriptor }) => descriptor)
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  /** The config as its processor gets it: defaults filled in. As given where the type is unknown. */
  effectiveConfig({ processorType, config }: ConfiguredType): JsonObject {
    return this.#types.get(processorType)?.effectiveConfig(config) ?? config;
  }

  /** The effective config as users may see it: secrets masked. Empty where the type, and so its secrets, is unknown. */
  visibleConfig({ processorType, config }: ConfiguredType): JsonObject {
    const type = this.#types.get(processorType);
    return type === undefined ? {} : type.maskSecrets(type.effectiveConfig(config));
  }

  /** The config as given, with secrets masked. Empty where the type, and so its secrets, is unknown. */
  visibleGivenConfig({ processorType, config }: ConfiguredType): JsonObject {
    return this.#types.get(processorType)?.maskSecrets(config) ?? {};
  }

  /** The module of a type, with its named exports. Throws PROCESSOR_TYPE_UNKNOWN. */
  async loadModule(typeName: string): Promise<ProcessorModule> {
    const load = this.#loaders.get(typeName);
    if (load !== undefined) return load();
    const message = `processor_type must be a known type, was ${JSON.stringify(typeName)}`;
    throw new StreamlibError('PROCESSOR_TYPE_UNKNOWN', message, { path: 'processor_type' });
  }

  #add({ type: name, load }: ProcessorTypeEntry, module: ProcessorModule): void {
    const descriptor = module.default?.descriptor;
    if (descriptor?.name !== name) {
      const message = `the module of ${name} must export that type by default, was ${JSON.stringify(descriptor?.name)}`;
      throw new StreamlibError('FIELD_INVALID', message, { path: `${name}.name` });
    }
    if (this.#types.has(name)) {
      throw new StreamlibError('FIELD_INVALID', `the type ${name} must be registered once, was there twice`, {
        path: `${name}.name`,
      });
    }
    const type = new RegisteredType(descriptor);
    registerFrameTypes(descriptor);
    this.#types.set(name, type);
    this.#loaders.set(name, load);
  }
}

async function entriesOf(url: string): Promise<readonly ProcessorTypeEntry[]> {
  let module: { readonly processorTypes?: unknown };
  try {
    module = await import(url);
  } catch (error) {
    const message = `registries: ${url} cannot be loaded: ${(error as Error).message}`;
    throw new StreamlibError('FIELD_INVALID', message, { path: 'registries', cause: error });
  }
  if (Array.isArray(module.processorTypes)) return module.processorTypes;
  const message = `registries: ${url} must export an array "processorTypes", was ${typeof module.processorTypes}`;
  throw new StreamlibError('FIELD_INVALID', message, { path: 'registries' });
}
