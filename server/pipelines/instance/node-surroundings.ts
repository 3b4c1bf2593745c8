import { mediaClock } from '../../runtime/clock.ts';
import { StreamlibError } from '../../runtime/errors.ts';
import type { CustomEvent } from '../../runtime/events/bus.ts';
import type { Logger } from '../../runtime/log.ts';
import type { ProcessorModule, RuntimeContext } from '../../runtime/processor.ts';

/** What the nodes of an instance share: what a processor's context has beside what is its own. */
export type NodeSurroundings = Pick<RuntimeContext, 'runtime' | 'events' | 'taps' | 'clock' | 'log'> & {
  /** Calls a named export of a type's module on the runtime's thread. */
  callOnMain(type: string, exportName: string, args: readonly unknown[]): Promise<unknown>;
};

/** Where the modules of types come from. */
export interface NodeLoader {
  /** Throws PROCESSOR_TYPE_UNKNOWN. */
  loadModule(type: string): Promise<ProcessorModule>;
}

/** Where what nodes say goes, where there is no runtime; each by default nowhere. */
export interface NodeListeners {
  readonly log?: Logger;
  /** Called for what nodes publish. */
  readonly onEvent?: (topic: string, event: CustomEvent) => void;
}

const silent: Logger = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** The surroundings of nodes that run without a runtime, on the thread that calls them. */
export function detachedSurroundings(
  loader: NodeLoader,
  { log = silent, onEvent = () => {} }: NodeListeners = {},
): NodeSurroundings {
  return {
    clock: mediaClock,
    log,
    get runtime(): never {
      throw withoutRuntime('runtime');
    },
    events: {
      publish(topic, event) {
        onEvent(topic, event);
        return true;
      },
      subscribe(): never {
        throw withoutRuntime('events.subscribe');
      },
    },
    taps: { open: () => Promise.reject(withoutRuntime('taps')) },
    async callOnMain(type, exportName, args) {
      const target = (await loader.loadModule(type))[exportName];
      if (typeof target === 'function') return target(...args);
      const message = `the module of ${type} exports no function ${exportName}`;
      throw new StreamlibError('FIELD_INVALID', message, { path: 'exportName' });
    },
  };
}

const withoutRuntime = (member: string): StreamlibError =>
  new StreamlibError('NOT_RUNNING', `ctx.${member} needs a runtime, and this pipeline runs without one`);
