import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  Code,
  connect,
  type DataFrame,
  dataChannels,
  type EventItem,
  StreamlibError,
  type TappedFrame,
  VERSION,
} from '../../../clients/typescript/src/node.ts';
import { isSameRelease } from '../../../clients/typescript/src/version.ts';
import { ROOT, startCli } from '../../support/child.ts';
import { eventually } from '../../support/eventually.ts';
import { TestServer } from '../../support/server.ts';
import { useTemporaryFolder } from '../../support/temporary-folder.ts';

const PROTOCOLS = ['connect', 'grpc', 'grpc-web'] as const;

describe('the client in TypeScript', () => {
  let server: TestServer;

  before(async () => {
    server = await TestServer.start();
    await server.runtime.start();
  });
  after(() => server[Symbol.asyncDispose]());

  it('has the version of the package, and that of the server', () => {
    for (const file of ['package.json', 'clients/typescript/package.json'])
      assert.equal(JSON.parse(readFileSync(`${ROOT}${file}`, 'utf8')).version, VERSION, file);
    assert.ok(isSameRelease('1.2.3', '1.2.9'));
    assert.ok(!isSameRelease('1.2.3', '1.3.3'));
  });

  for (const protocol of PROTOCOLS) {
    describe(`over ${protocol}`, () => {
      const client = () => connect(server.url, { protocol });

      it('gives errors with code, reason and fields', async () => {
        await assert.rejects(client().processors.getProcessor({ processorId: 'nobody' }), (error) => {
          assert.ok(error instanceof StreamlibError);
          assert.deepEqual(
            [error.code, error.reason, error.isRetryable],
            [Code.NotFound, 'PROCESSOR_NOT_FOUND', false],
          );
          return true;
        });
        const graph = client().graph();
        graph.addProcessor('SineGenerator', { config: { frequency_hz: -1 } });
        await assert.rejects(graph.apply(), (error) => {
          assert.ok(error instanceof StreamlibError);
          assert.equal(error.code, Code.InvalidArgument);
          assert.match(error.violations[0]?.field ?? '', /frequency_hz$/);
          return true;
        });
      });

      it('makes edits together, tells of them, and makes none twice', async () => {
        const graph = client().graph();
        const tone = graph.addProcessor('SineGenerator');
        const meter = graph.addProcessor('LevelMeter');
        const link = graph.connect(`${tone}.audio`, `${meter}.audio`, { capacityFrames: 7 });
        assert.equal((await graph.apply({ dryRun: true })).changes.length, 3);
        const events = client().events({ linkId: link });
        const heard = typesOf(events, 1);
        await eventually(() => events.cursor !== '', 'the subscription has begun');
        const first = await graph.apply({ requestId: `once-${protocol}` });
        const again = await graph.apply({ requestId: `once-${protocol}` });
        assert.equal(again.revision, first.revision);
        assert.deepEqual(await heard, ['LinkAdded']);
        const { link: made } = await client().links.getLink({ linkId: link });
        assert.equal(made?.capacityFrames, 7);
      });

      it('ends streams by their signal, by close and by leaving the loop', async () => {
        const stop = new AbortController();
        const bySignal = client().events({}, { signal: stop.signal });
        const byClose = client().events();
        const ends = [collect(bySignal), collect(byClose)];
        await eventually(() => bySignal.cursor !== '' && byClose.cursor !== '', 'both have begun');
        stop.abort();
        byClose.close();
        await Promise.all(ends);
        await using left = client().events({ afterSequence: 0n });
        for await (const item of left) {
          assert.equal(item.kind, 'event');
          break;
        }
      });

      it('throws what cannot be resumed', async () => {
        await assert.rejects(collect(client().events({ after: 'another-stream:7' })), {
          reason: 'RESUME_POINT_LOST',
        });
      });

      it('shows the state first where it is asked for', async () => {
        const items: EventItem[] = [];
        for await (const item of client().events({ snapshot: true })) {
          items.push(item);
          if (item.kind === 'snapshot_end') break;
        }
        assert.ok(items.length > 1);
        assert.ok(items.slice(0, -1).every(({ kind }) => kind === 'snapshot'));
      });

      it('taps a link until its count', async () => {
        const graph = client().graph();
        const source = graph.addProcessor('DataSineGenerator', {
          config: { sample_rate_hz: 1000, samples: 8 },
        });
        const sink = graph.addProcessor('NullSink');
        const link = graph.connect(`${source}.data`, `${sink}.data`);
        await graph.apply();
        const kinds: string[] = [];
        const lengths: number[] = [];
        for await (const item of client().tap(link, { count: 3n, maxRate: 1000 })) {
          kinds.push(item.kind);
          if (item.kind === 'frame') lengths.push(valuesIn(item.frame).length);
        }
        assert.deepEqual(lengths, [8, 8, 8]);
        assert.deepEqual(kinds.slice(0, 3), ['frame', 'frame', 'frame']);
      });
    });
  }

  it('refuses a port without a processor at once', () => {
    assert.throws(
      () =>
        connect(server.url)
          .graph()
          .connect('audio' as never, 'a.b'),
      /processor.port, was "audio"/,
    );
  });

  it('sends its token', async () => {
    const { createRouterTransport } = await import('@connectrpc/connect');
    const { interceptorsOf } = await import('../../../clients/typescript/src/client.ts');
    const { RuntimeService } = await import('../../../gen/ts/streamlib/v1/runtime_pb.ts');
    const { createClient } = await import('@connectrpc/connect');
    let header: string | null = null;
    const transport = createRouterTransport(
      ({ service }) => {
        service(RuntimeService, {
          getRuntimeState: (_request, { requestHeader }) => {
            header = requestHeader.get('authorization');
            return {};
          },
        });
      },
      { transport: { interceptors: interceptorsOf({ token: 'secret' }) } },
    );
    await createClient(RuntimeService, transport).getRuntimeState({});
    assert.equal(header, 'Bearer secret');
  });
});

describe('the client in TypeScript, over kills of the server', function () {
  this.timeout(120_000);
  const path = useTemporaryFolder();

  for (const protocol of PROTOCOLS)
    it(`loses and repeats nothing over ${protocol}`, async () => {
      const heard: string[] = [];
      const gaps: string[] = [];
      const warnings: string[] = [];
      let port = '0';
      let stream: AsyncDisposable | undefined;
      const state = path(`state-${protocol}`);
      for (let life = 0; life < 3; life++) {
        await using server = startCli(['serve', '--port', port, '--state', state]);
        const url = await server.listening();
        port = new URL(url).port;
        const client = connect(url, { protocol, warn: (text) => warnings.push(text) });
        if (stream === undefined) {
          const events = client.events({ types: ['ProcessorAdded'] });
          stream = events;
          void (async () => {
            for await (const item of events) {
              if (item.kind === 'event') heard.push(item.event.topic);
              else gaps.push(item.kind);
            }
          })();
          await eventually(() => events.cursor !== '', 'the subscription has begun');
        }
        for (let i = 0; i < 5; i++) {
          const graph = client.graph();
          graph.addProcessor('NullSink', { processorId: `n-${life}-${i}` });
          await graph.apply();
        }
        // The last of a life is told after the next one has begun, unless it was before.
        if (life === 2) await eventually(() => heard.includes('processor:n-2-4'), 'the last is told');
        server.kill('SIGKILL');
        await server.end();
      }
      await stream?.[Symbol.asyncDispose]();
      const want = [0, 1, 2].flatMap((life) => [0, 1, 2, 3, 4].map((i) => `processor:n-${life}-${i}`));
      assert.deepEqual(heard, want);
      assert.deepEqual(gaps, []);
      assert.ok(warnings.length >= 2);
      for (const text of warnings) assert.match(text, /^events: .*; trying again$/);
    });
});

/** Of the one channel of a data frame. */
function valuesIn({ frame }: TappedFrame): Float64Array {
  assert.equal(frame?.frame.case, 'data');
  const { value, ...others } = dataChannels(frame.frame.value as DataFrame);
  assert.deepEqual(others, {});
  return value as Float64Array;
}

async function typesOf(events: AsyncIterable<EventItem>, count: number): Promise<string[]> {
  const types: string[] = [];
  for await (const item of events) {
    if (item.kind === 'event') types.push(item.event.type);
    if (types.length === count) break;
  }
  return types;
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
