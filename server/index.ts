import { BUILT_IN_REGISTRIES } from './registries.ts';
import { createRooms } from './rooms.ts';
import { StreamRuntime as BareRuntime, type StreamRuntimeOptions } from './runtime/index.ts';

/** The runtime of an embedding program, with the processor types that streamlib comes with. */
export class StreamRuntime extends BareRuntime {
  /** Loads the processor types. `options.registries` adds modules with further types. */
  static override create(options: StreamRuntimeOptions = {}): Promise<BareRuntime> {
    const registries = [...BUILT_IN_REGISTRIES, ...(options.registries ?? [])];
    return BareRuntime.create({ rooms: createRooms, ...options, registries });
  }
}

export {
  type ApplyRequest,
  type CommandOptions,
  type CustomEvent,
  type Delivery,
  type EventBus,
  type EventListener,
  type GraphCommand,
  inputPort,
  type LinkRequest,
  type Logger,
  outputPort,
  type Processor,
  type ProcessorDescriptor,
  type ProcessorIo,
  type ProcessorModule,
  type ProcessorRequest,
  type ProcessorTypeEntry,
  type RuntimeContext,
  type RuntimeOperations,
  StreamlibError,
  type StreamRuntimeOptions,
  type TargetRequest,
} from './runtime/index.ts';
