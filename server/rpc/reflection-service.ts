import type { DescService } from '@bufbuild/protobuf';
import { Code, type ConnectRouter } from '@connectrpc/connect';
import { file_google_rpc_error_details } from '../../gen/ts/google/rpc/error_details_pb.ts';
import { Health } from '../../gen/ts/grpc/health/v1/health_pb.ts';
import {
  ServerReflection,
  type ServerReflectionRequest,
} from '../../gen/ts/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as ServerReflectionAlpha } from '../../gen/ts/grpc/reflection/v1alpha/reflection_pb.ts';
import { createDescriptorIndex, type DescriptorIndex } from './descriptor-index.ts';

/** Standard gRPC server reflection, in the version that clients ask for first and in the one that older ones know. */
export interface Reflection {
  register(router: ConnectRouter): void;
}

/** Reflection over these services, health, itself and the details of errors. */
export function createReflection(services: readonly DescService[]): Reflection {
  const described = [...services, Health, ServerReflection, ServerReflectionAlpha];
  // Errors carry these in an Any, which no file has to import: without them a client that knows the schema from here
  // alone cannot read why it was refused.
  const index = createDescriptorIndex(described, [file_google_rpc_error_details]);
  return {
    register(router) {
      router.service(ServerReflection, {
        async *serverReflectionInfo(requests) {
          for await (const request of requests) {
            const { host: validHost, messageRequest } = request;
            yield { validHost, originalRequest: request, messageResponse: answer(messageRequest, index) };
          }
        },
      });
      router.service(ServerReflectionAlpha, {
        async *serverReflectionInfo(requests) {
          for await (const request of requests) {
            const { host: validHost, messageRequest } = request;
            yield { validHost, originalRequest: request, messageResponse: answer(messageRequest, index) };
          }
        },
      });
    },
  };
}

/** The question in the words that both versions share. */
type Question =
  | {
      case: 'fileByFilename' | 'fileContainingSymbol' | 'allExtensionNumbersOfType' | 'listServices';
      value: string;
    }
  | { case: 'fileContainingExtension'; value: { containingType: string; extensionNumber: number } }
  | { case: undefined; value?: undefined };

function answer(question: ServerReflectionRequest['messageRequest'] | Question, index: DescriptorIndex) {
  switch (question.case) {
    case 'listServices':
      return {
        case: 'listServicesResponse' as const,
        value: { service: index.serviceNames.map((name) => ({ name })) },
      };
    case 'fileByFilename':
      return filesAnswer(index.filesByName(question.value), question.value);
    case 'fileContainingSymbol':
      return filesAnswer(index.filesBySymbol(question.value), question.value);
    case 'fileContainingExtension': {
      const { containingType, extensionNumber } = question.value;
      const files = index.filesByExtension(containingType, extensionNumber);
      return filesAnswer(files, `extension ${extensionNumber} of ${containingType}`);
    }
    case 'allExtensionNumbersOfType': {
      const extensionNumber = index.extensionNumbers(question.value);
      if (extensionNumber === undefined) return notFound(question.value);
      const value = { baseTypeName: question.value, extensionNumber };
      return { case: 'allExtensionNumbersResponse' as const, value };
    }
    default:
      return failure(Code.InvalidArgument, 'message_request must be set, was absent');
  }
}

function filesAnswer(fileDescriptorProto: Uint8Array[] | undefined, name: string) {
  return fileDescriptorProto === undefined
    ? notFound(name)
    : { case: 'fileDescriptorResponse' as const, value: { fileDescriptorProto } };
}

const notFound = (name: string) =>
  failure(Code.NotFound, `no such symbol or file, was ${JSON.stringify(name)}`);

const failure = (errorCode: Code, errorMessage: string) => ({
  case: 'errorResponse' as const,
  value: { errorCode, errorMessage },
});
