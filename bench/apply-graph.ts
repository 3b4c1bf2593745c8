import assert from 'node:assert/strict';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { LinkService } from '../gen/ts/streamlib/v1/link_pb.ts';
import { Wait } from '../gen/ts/streamlib/v1/mutation_pb.ts';
import { ProcessorService } from '../gen/ts/streamlib/v1/processor_pb.ts';
import { type ApplyGraphResponse, RuntimeService } from '../gen/ts/streamlib/v1/runtime_pb.ts';
import { inputPort, outputPort } from '../server/runtime/ids.ts';
import type { StreamRuntime } from '../server/runtime/stream-runtime.ts';
import { mediansOfRounds } from './support/alternating-rounds.ts';
import { createBenchRuntime } from './support/bench-runtime.ts';
import type { Benchmark } from './support/benchmark.ts';
import { CHAIN_LENGTH, chainedSpecs, gainLink, nodeId } from './support/chained-graph.ts';
import { startServer } from './support/start-server.ts';

const SINK = { type: 'NullSink', id: 'sink' } as const;

/** Processors in chains of ten, all of which end in one sink, and as many links as processors. */
function specsOf(size: number) {
  const { processors, links } = chainedSpecs(size);
  const ends = processors.flatMap((_, i) => (i % CHAIN_LENGTH === CHAIN_LENGTH - 1 ? [nodeId(i)] : []));
  const toSink = ends.map((id) => ({
    ...gainLink(id, id),
    to: inputPort(SINK.id, 'data'),
    from: outputPort(id, 'audio_out'),
  }));
  const messages = [...links, ...toSink].map(({ linkId, from, to }) => ({
    linkId,
    fromProcessor: from.processorId,
    fromPort: from.port,
    toProcessor: to.processorId,
    toPort: to.port,
  }));
  return {
    processors: processors.map(({ processorId, processorType }) => ({ processorId, processorType })),
    links: messages,
  };
}

type Specs = ReturnType<typeof specsOf>;
type Clients = ReturnType<typeof clientsOf>;

/** Many processors and links in a running graph by one ApplyGraph, and by one call for each, from a client. */
export const applyGraph: Benchmark = {
  name: 'apply-graph',
  measures: 'processors and links in one call against one call for each, over Connect, in a running graph',
  async run({ quick }) {
    const size = quick ? 20 : 1_000;
    await using bench = await createBenchRuntime();
    const { runtime } = bench;
    const baseUrl = await startServer(runtime);
    const session = new Http2SessionManager(baseUrl);
    const clients = clientsOf(baseUrl, session);
    const specs = specsOf(size);
    await runtime.addProcessor(SINK);
    await runtime.start();

    const { single, together, target, effective } = await mediansOfRounds(quick ? 1 : 3, {
      single: () => timeAdding(runtime, size, () => addOneByOne(clients, specs)),
      together: () => timeAdding(runtime, size, () => addTogether(clients, specs, Wait.ACCEPTED)),
      target: () => timeAdding(runtime, size, () => addAsTarget(clients, specs)),
      effective: () => timeAdding(runtime, size, () => addTogether(clients, specs, Wait.EFFECTIVE)),
    });
    session.abort();
    return [
      { name: `${2 * size} calls`, value: single, unit: 'ms' },
      { name: `one call of ${2 * size} commands, accepted`, value: together, unit: 'ms' },
      { name: 'one call with a target, accepted', value: target, unit: 'ms' },
      {
        name: 'one call : single calls',
        value: (together / single) * 100,
        unit: '%',
        target: { atMost: 20 },
      },
      { name: 'one call, effective', value: effective / 1000, unit: 's', target: { atMost: 2 } },
    ];
  },
};

function clientsOf(baseUrl: string, sessionManager: Http2SessionManager) {
  const transport = createConnectTransport({ baseUrl, httpVersion: '2', sessionManager });
  return {
    runtime: createClient(RuntimeService, transport),
    processors: createClient(ProcessorService, transport),
    links: createClient(LinkService, transport),
  };
}

/** How long adding takes, in milliseconds; then everything runs and is taken away again. */
async function timeAdding(
  runtime: StreamRuntime,
  size: number,
  add: () => Promise<unknown>,
): Promise<number> {
  const startedMs = performance.now();
  await add();
  const tookMs = performance.now() - startedMs;
  await runtime.updateProcessor(SINK.id, { displayName: String(startedMs) }, { wait: 'effective' });
  assert.equal((await runtime.listProcessors()).filter(({ laneId }) => laneId !== '').length, size + 2);
  assert.equal((await runtime.listLinks()).length, size);
  await runtime.applyGraph({ target: { processors: [SINK], links: [] } }, { wait: 'effective' });
  return tookMs;
}

async function addOneByOne({ processors, links }: Clients, specs: Specs): Promise<void> {
  for (const processor of specs.processors) await processors.createProcessor(processor);
  for (const link of specs.links) await links.createLink(link);
}

async function addTogether({ runtime }: Clients, { processors, links }: Specs, wait: Wait): Promise<void> {
  const commands = [
    ...processors.map((processor) => ({ edit: { case: 'addProcessor', value: { processor } } }) as const),
    ...links.map((link) => ({ edit: { case: 'connect', value: { link } } }) as const),
  ];
  const answer = await runtime.applyGraph({ commands, wait });
  assertMade(answer, commands.length);
  assert.equal(answer.effective, wait === Wait.EFFECTIVE);
}

async function addAsTarget({ runtime }: Clients, graph: Specs): Promise<void> {
  const answer = await runtime.applyGraph({ target: { graph, keepOthers: true } });
  assertMade(answer, graph.processors.length + graph.links.length);
}

function assertMade({ changes, unchanged }: ApplyGraphResponse, count: number): void {
  assert.deepEqual([changes.length, unchanged], [count, false]);
}
