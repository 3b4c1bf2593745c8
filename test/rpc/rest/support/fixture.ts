import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  create,
  createFileRegistry,
  type DescMessage,
  type DescService,
  type FileRegistry,
  fromBinary,
  fromJson,
  type JsonObject,
  setExtension,
} from '@bufbuild/protobuf';
import {
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  MethodOptionsSchema,
} from '@bufbuild/protobuf/wkt';

const projectRoot = fileURLToPath(new URL('../../../../', import.meta.url));

const modules = { version: 'v2', modules: [{ path: 'test/rpc/rest' }, { path: 'third_party' }] };

const image = fromBinary(
  FileDescriptorSetSchema,
  execFileSync(
    process.execPath,
    [
      'node_modules/@bufbuild/buf/bin/buf',
      'build',
      '--as-file-descriptor-set',
      '--config',
      JSON.stringify(modules),
      '-o',
      '-',
    ],
    { cwd: projectRoot, maxBuffer: 64 * 1024 * 1024 },
  ),
);

/** The descriptors of fixture.proto and of all that it imports, compiled by buf. */
export const registry: FileRegistry = createFileRegistry(image);

/** `google.api.http`. */
export const httpRule = found(registry.getExtension('google.api.http'));

/** The service of fixture.proto. */
export const shelfService = found(registry.getService('rest.fixture.Shelf'));

/** A message of fixture.proto by its short name. */
export function messageType(name: string): DescMessage {
  return found(registry.getMessage(`rest.fixture.${name}`));
}

/** `google.rpc.BadRequest`, `google.rpc.ErrorInfo` and the like. */
export function rpcType(name: string): DescMessage {
  return found(registry.getMessage(`google.rpc.${name}`));
}

/** A `google.api.HttpRule` in short. */
export type RuleInit = Record<string, unknown>;

/**
 * A service with one method per rule, `Method0` and so on. Each takes and answers `Book`; `method` adds to the
 * descriptor of each, as `{clientStreaming: true}`.
 */
export function serviceWithRules(rules: readonly RuleInit[], method: object = {}): DescService {
  const httpRuleType = found(registry.getMessage('google.api.HttpRule'));
  const proto = create(FileDescriptorProtoSchema, {
    name: 'rules.proto',
    package: 'rest.rules',
    dependency: ['fixture.proto', 'google/api/annotations.proto'],
    syntax: 'proto3',
    service: [
      {
        name: 'Rules',
        method: rules.map((rule, index) => {
          const options = create(MethodOptionsSchema);
          setExtension(
            options as never,
            httpRule as never,
            fromJson(httpRuleType, rule as JsonObject) as never,
          );
          const type = '.rest.fixture.Book';
          return { name: `Method${index}`, inputType: type, outputType: type, options, ...method };
        }),
      },
    ],
  });
  return found(createFileRegistry(proto, (name) => registry.getFile(name)).getService('rest.rules.Rules'));
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('fixture.proto does not define it');
  return value;
}
