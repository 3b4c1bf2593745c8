// Adds to the graph of a running server through the generated client: node examples/client.ts [URL]
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { LinkService } from '../gen/ts/streamlib/v1/link_pb.ts';
import { ProcessorService } from '../gen/ts/streamlib/v1/processor_pb.ts';

const [, , baseUrl = 'http://127.0.0.1:9000'] = process.argv;
const transport = createConnectTransport({ baseUrl, httpVersion: '2' });
const processors = createClient(ProcessorService, transport);
const { processorId: fromProcessor } = await processors.createProcessor({ processorType: 'SineGenerator' });
const { processorId: toProcessor } = await processors.createProcessor({ processorType: 'LevelMeter' });
const link = { fromProcessor, fromPort: 'audio', toProcessor, toPort: 'audio' };
const { linkId } = await createClient(LinkService, transport).createLink(link);
console.log(`${fromProcessor} -> ${toProcessor} by ${linkId}`);
