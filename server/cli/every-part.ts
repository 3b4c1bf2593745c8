import type { Client } from '@connectrpc/connect';
import type { Link, LinkService } from '../../gen/ts/streamlib/v1/link_pb.ts';
import type { Processor, ProcessorService } from '../../gen/ts/streamlib/v1/processor_pb.ts';

const PAGE_SIZE = 10_000;

/** Every processor of a server, page by page. */
export async function everyProcessor(client: Client<typeof ProcessorService>): Promise<Processor[]> {
  const all: Processor[] = [];
  for (let pageToken: string | undefined = ''; pageToken !== undefined; ) {
    const { processors, nextPageToken } = await client.listProcessors({ pageSize: PAGE_SIZE, pageToken });
    all.push(...processors);
    pageToken = nextPageToken || undefined;
  }
  return all;
}

/** Every link of a server, page by page. */
export async function everyLink(client: Client<typeof LinkService>): Promise<Link[]> {
  const all: Link[] = [];
  for (let pageToken: string | undefined = ''; pageToken !== undefined; ) {
    const { links, nextPageToken } = await client.listLinks({ pageSize: PAGE_SIZE, pageToken });
    all.push(...links);
    pageToken = nextPageToken || undefined;
  }
  return all;
}
