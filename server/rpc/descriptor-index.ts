import { type DescFile, type DescService, toBinary } from '@bufbuild/protobuf';
import { type DescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';

/** The descriptors behind some services, as reflection hands them out: bytes of FileDescriptorProto. */
export interface DescriptorIndex {
  readonly serviceNames: readonly string[];
  /** The file and everything it imports, itself first; undefined where the name is unknown. */
  filesByName(fileName: string): Uint8Array[] | undefined;
  /** The same for the file that defines a service, method, message, field, enum or enum value. */
  filesBySymbol(symbol: string): Uint8Array[] | undefined;
  filesByExtension(extendee: string, number: number): Uint8Array[] | undefined;
  /** The numbers of the known extensions of a message; undefined where the message is unknown. */
  extensionNumbers(extendee: string): number[] | undefined;
}

/** Indexes the files of the services, further ones that no service imports, and all that these import. */
export function createDescriptorIndex(
  services: readonly DescService[],
  furtherFiles: readonly DescFile[],
): DescriptorIndex {
  const files = new Map<string, DescFile>();
  for (const file of [...services.map((service) => service.file), ...furtherFiles]) collectFiles(file, files);
  const symbols = new Map<string, DescFile>();
  const extensions = new Map<string, Map<number, DescFile>>();
  for (const file of files.values()) {
    for (const symbol of symbolsOf(file)) symbols.set(symbol, file);
    for (const { extendee, number } of file.proto.extension) {
      const name = extendee.replace(/^\./, '');
      extensions.set(name, (extensions.get(name) ?? new Map()).set(number, file));
    }
  }
  return {
    serviceNames: services.map((service) => service.typeName).sort(),
    filesByName: (fileName) => bytesOf(files.get(fileName)),
    filesBySymbol: (symbol) => bytesOf(symbols.get(symbol)),
    filesByExtension: (extendee, number) => bytesOf(extensions.get(extendee)?.get(number)),
    extensionNumbers: (extendee) =>
      symbols.has(extendee) ? [...(extensions.get(extendee)?.keys() ?? [])] : undefined,
  };
}

function collectFiles(file: DescFile, files: Map<string, DescFile>): void {
  if (files.has(file.proto.name)) return;
  files.set(file.proto.name, file);
  for (const dependency of file.dependencies) collectFiles(dependency, files);
}

function bytesOf(file: DescFile | undefined): Uint8Array[] | undefined {
  if (file === undefined) return undefined;
  const files = new Map<string, DescFile>();
  collectFiles(file, files);
  return [...files.values()].map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
}

function* symbolsOf({ proto }: DescFile): Generator<string> {
  const prefix = proto.package === '' ? '' : `${proto.package}.`;
  for (const message of proto.messageType) yield* symbolsOfMessage(message, prefix);
  for (const { name, value } of proto.enumType)
    yield* [prefix + name, ...value.map((one) => prefix + one.name)];
  for (const { name } of proto.extension) yield prefix + name;
  for (const { name, method } of proto.service) {
    yield prefix + name;
    for (const one of method) yield `${prefix}${name}.${one.name}`;
  }
}

function* symbolsOfMessage(message: DescriptorProto, prefix: string): Generator<string> {
  const name = prefix + message.name;
  yield name;
  for (const field of message.field) yield `${name}.${field.name}`;
  for (const nested of message.nestedType) yield* symbolsOfMessage(nested, `${name}.`);
  for (const { name: enumName, value } of message.enumType) {
    yield* [`${name}.${enumName}`, ...value.map((one) => `${name}.${one.name}`)];
  }
}
