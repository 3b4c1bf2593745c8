import { create } from '@bufbuild/protobuf';
import type {
  GetProcessorTypeResponse,
  ListProcessorTypesRequest,
  ListProcessorTypesResponse,
  Port,
  ProcessorType,
} from '../../../gen/ts/streamlib/v1/processor_pb.ts';
import {
  GetProcessorTypeResponseSchema,
  ListProcessorTypesResponseSchema,
  PortSchema,
  ProcessorTypeSchema,
} from '../../../gen/ts/streamlib/v1/processor_pb.ts';
import { StreamlibError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import { DEFAULT_LOOP_INTERVAL_US } from '../lane/loop-pace.ts';
import { pageOf } from '../messages/page.ts';
import type { ProcessorDescriptor } from '../processor.ts';
import type { ProcessorRegistry } from '../registry/index.ts';
import { schedulingOf } from '../scheduling.ts';
import { DELIVERIES, numberOf, SCHEDULINGS } from '../vocabulary.ts';

/** Discovery: what the registry knows, as the schema shows it. */
export class TypeReads {
  readonly #registry: ProcessorRegistry;

  constructor(registry: ProcessorRegistry) {
    this.#registry = registry;
  }

  list(request: ListProcessorTypesRequest): ListProcessorTypesResponse {
    const { items, nextPageToken } = pageOf(request, {
      from: (after) => this.#registry.descriptors().filter(({ name }) => after === undefined || name > after),
      idOf: ({ name }) => name,
      wanted: ({ tags }) => request.tag === '' || tags.includes(request.tag),
    });
    return create(ListProcessorTypesResponseSchema, {
      processorTypes: items.map(typeMessage),
      nextPageToken,
    });
  }

  /** Throws PROCESSOR_TYPE_NOT_FOUND with the nearest names. */
  get(name: string): GetProcessorTypeResponse {
    const descriptor = this.#registry.descriptor(name);
    if (descriptor === undefined) {
      const nearest = this.#registry.nearest(name);
      const hint = nearest.length > 0 ? `; near it are ${nearest.join(', ')}` : '';
      const message = `name names no processor type, was ${JSON.stringify(name)}${hint}`;
      throw new StreamlibError('PROCESSOR_TYPE_NOT_FOUND', message, { path: 'name' });
    }
    return create(GetProcessorTypeResponseSchema, { processorType: typeMessage(descriptor) });
  }
}

function typeMessage(descriptor: ProcessorDescriptor): ProcessorType {
  const { name, description, tags, version, configSchema, inputs, outputs } = descriptor;
  const scheduling = schedulingOf(descriptor);
  return create(ProcessorTypeSchema, {
    name,
    description,
    tags: [...tags],
    version,
    configSchema: configSchema as JsonObject,
    inputs: Object.entries(inputs).map(
      ([port, input]): Port =>
        create(PortSchema, {
          name: port,
          frameType: frameTypeName(input.frame),
          delivery: numberOf(DELIVERIES, input.delivery ?? 'every'),
          many: input.many ?? false,
          description: input.description,
        }),
    ),
    outputs: Object.entries(outputs).map(
      ([port, output]): Port =>
        create(PortSchema, {
          name: port,
          frameType: frameTypeName(output.frame),
          many: true,
          description: output.description,
        }),
    ),
    scheduling: numberOf(SCHEDULINGS, scheduling.kind),
    intervalUs: scheduling.kind === 'loop' ? (scheduling.intervalUs ?? DEFAULT_LOOP_INTERVAL_US) : 0,
    async: descriptor.async ?? false,
  });
}

const frameTypeName = (frame: { readonly name: string } | 'any'): string =>
  frame === 'any' ? 'any' : frame.name;
