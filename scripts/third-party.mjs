// Makes third_party/: the .proto files of others that ours import, from npm packages, with no schema registry.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as validate from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { printProto } from './proto-print.mjs';

const COPIED = [
  {
    from: 'node_modules/google-gax/build/protos',
    files: [
      'google/api/annotations.proto',
      'google/api/client.proto',
      'google/api/field_behavior.proto',
      'google/api/field_info.proto',
      'google/api/http.proto',
      'google/api/httpbody.proto',
      'google/api/launch_stage.proto',
      'google/api/resource.proto',
      'google/longrunning/operations.proto',
      'google/rpc/code.proto',
      'google/rpc/error_details.proto',
      'google/rpc/status.proto',
    ],
  },
  { from: 'node_modules/grpc-health-check/proto', to: 'grpc', files: ['health/v1/health.proto'] },
  {
    from: 'node_modules/@grpc/reflection/build/proto',
    files: ['grpc/reflection/v1/reflection.proto', 'grpc/reflection/v1alpha/reflection.proto'],
  },
];

const HEADER =
  '// Printed from the descriptor in @bufbuild/protovalidate (Apache-2.0, Buf Technologies, Inc.).\n';

/** Writes the .proto files below `folder`, for the checkout at `root`. */
export function writeThirdParty(root, folder) {
  for (const { from, to = '', files } of COPIED) {
    for (const file of files) copyFileSync(join(root, from, file), makeParent(join(folder, to, file)));
  }
  const extensions = [validate.message, validate.oneof, validate.field, validate.predefined];
  const text = printProto(validate.file_buf_validate_validate, extensions);
  writeFileSync(makeParent(join(folder, 'buf/validate/validate.proto')), HEADER + text);
}

function makeParent(path) {
  mkdirSync(dirname(path), { recursive: true });
  return path;
}
