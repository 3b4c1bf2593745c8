import assert from 'node:assert/strict';
import { inputPort, outputPort } from '../../server/runtime/index.ts';
import { runCli } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { TestServer } from '../support/server.ts';

interface MetricsJson {
  readonly processors: readonly { readonly processor_id: string }[];
  readonly links: readonly { readonly link_id: string }[];
  readonly paths: readonly { readonly processor_ids: readonly string[] }[];
  readonly bottleneck?: { readonly kind: string; readonly resource: string };
  readonly stream_id: string;
}

async function askMetrics(url: string, query = ''): Promise<MetricsJson> {
  return (await (await fetch(`${url}/api/metrics${query}`)).json()) as MetricsJson;
}

describe('the metrics of a server', function () {
  this.timeout(30_000);
  let server: TestServer;

  before(async () => {
    server = await TestServer.start({ runtime: { metricsIntervalMs: 100 } });
    const { runtime } = server;
    const config = { sample_rate_hz: 1000, samples: 20 };
    await runtime.addProcessor({ type: 'DataSineGenerator', id: 'sine', config });
    await runtime.addProcessor({ type: 'NullSink', id: 'sink' });
    await runtime.connect(outputPort('sine', 'data'), inputPort('sink', 'data'), { id: 'wire' });
    await runtime.start();
    await eventually(
      async () => ((await runtime.getProcessor('sink')).metrics?.framesIn ?? 0n) > 20n,
      'frames flow',
    );
  });

  after(() => server.close());

  it('are answered at /api/metrics, with the bottleneck', async () => {
    let metrics = await askMetrics(server.url);
    await eventually(async () => {
      metrics = await askMetrics(server.url);
      return metrics.bottleneck !== undefined;
    }, 'a bottleneck is named');
    const { bottleneck, processors, links, paths, stream_id } = metrics;
    assert.deepEqual([bottleneck?.kind, bottleneck?.resource], ['source', 'processors/sine']);
    assert.deepEqual(processors.map(({ processor_id }) => processor_id).sort(), [
      'api-server',
      'sine',
      'sink',
    ]);
    assert.deepEqual(
      links.map(({ link_id }) => link_id),
      ['wire'],
    );
    assert.deepEqual(paths[0]?.processor_ids, ['sine', 'sink']);
    assert.equal(typeof stream_id, 'string');
  });

  it('are those of one owner, where one is named', async () => {
    const { processors } = await askMetrics(server.url, '?owner=');
    assert.deepEqual(processors.map(({ processor_id }) => processor_id).sort(), ['sine', 'sink']);
    const refused = await fetch(`${server.url}/api/metrics?owner=nobody`);
    assert.equal(refused.status, 400);
    await refused.body?.cancel();
  });

  it('are served to Prometheus at /metrics', async () => {
    const response = await fetch(`${server.url}/metrics`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    const lines = (await response.text()).trimEnd().split('\n');
    const valueOfSample = (sample: string) =>
      Number(lines.find((line) => line.startsWith(`${sample} `))?.slice(sample.length));
    const sink = '{processor="sink",type="NullSink",owner=""}';
    assert.ok(valueOfSample(`streamlib_processor_frames_in_total${sink}`) > 20);
    assert.ok(valueOfSample('process_resident_memory_bytes') > 1_000_000);
    assert.ok(valueOfSample('process_cpu_seconds_total') > 0);
    assert.ok(valueOfSample('nodejs_eventloop_lag_seconds{quantile="0.5"}') >= 0);
    const odd = lines.filter((line) => !/^(# (HELP|TYPE) \S+ .+|[a-z_]+(\{.*\})? \S+)$/.test(line));
    assert.deepEqual(odd, []);
  });

  it('are reported to people, with the bottleneck and its evidence', async () => {
    const { code, stdout, stderr } = await runCli(['report'], { env: { STREAMLIB_URL: server.url } });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.match(stdout, /^measured over \d+\.\d s at 2\d{3}-/);
    assert.match(stdout, /BOTTLENECK {2}processors\/sine\n {2}nothing holds the graph back/);
    assert.match(stdout, / {2}- sine delivers [\d.]+ frames\/s \(processors\/sine frames_out_per_second\)/);
    for (const title of ['PROCESSORS', 'LINKS', 'PATHS', 'LANES'])
      assert.match(stdout, new RegExp(`^${title}$`, 'm'));
  });

  it('are shown by top, as a table or as JSON', async () => {
    const env = { STREAMLIB_URL: server.url };
    const table = await runCli(['top', '--once'], { env });
    assert.equal(table.code, 0, table.stderr);
    assert.match(table.stdout, /^sink +\S+ +running +[\d.]+ %/m);
    const json = await runCli(['top', '--once', '-o', 'json'], { env });
    assert.deepEqual(Object.keys(JSON.parse(json.stdout).links[0]).includes('max_queued_frames'), true);
  });

  it('are refused to a top that is to hurry too much', async () => {
    const { code, stderr } = await runCli(['top', '--interval', '0'], { env: { STREAMLIB_URL: server.url } });
    assert.equal(code, 2);
    assert.match(stderr, /--interval must be 0.1 to 3600 seconds, was 0/);
  });
});
