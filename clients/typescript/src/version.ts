import type { Transport } from '@connectrpc/connect';
import { createClient } from '@connectrpc/connect';
import { RuntimeService } from '../../../gen/ts/streamlib/v1/runtime_pb.ts';

/** Of this client; that of the server which it was made with. */
export const VERSION = '0.1.0';

/** Whether what the client knows of the schema is what the server knows: the first two numbers are the same. */
export function isSameRelease(one: string, other: string): boolean {
  const release = (version: string): string => version.split('.').slice(0, 2).join('.');
  return release(one) === release(other);
}

/** Warns once where the server is of another release. A server that does not answer is nobody's fault here. */
export async function checkVersion(transport: Transport, warn: (message: string) => void): Promise<void> {
  const state = await createClient(RuntimeService, transport)
    .getRuntimeState({})
    .catch(() => undefined);
  const version = state?.version ?? '';
  if (version === '' || isSameRelease(VERSION, version)) return;
  warn(
    `the server is streamlib ${version}, this client is made for ${VERSION}: some calls and fields may be unknown to one of them; install @streamlib/client ${version}`,
  );
}
