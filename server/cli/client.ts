import type { DescService } from '@bufbuild/protobuf';
import { type Client, createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { type OptionValues, textOption } from './command.ts';

/** A typed client of one service of the server that `--url` or STREAMLIB_URL names. */
export function connectTo<Service extends DescService>(
  service: Service,
  options: OptionValues,
): Client<Service> {
  const baseUrl = textOption(options, 'url') ?? process.env.STREAMLIB_URL ?? 'http://127.0.0.1:9000';
  return createClient(service, createConnectTransport({ baseUrl, httpVersion: '1.1' }));
}
