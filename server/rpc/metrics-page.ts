import { type ELDHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { type RuntimeOperations, VERSION } from '../runtime/index.ts';
import { writeGraphFamilies } from './metrics-families.ts';
import type { Page } from './pages.ts';
import { PROMETHEUS_CONTENT_TYPE, PrometheusText } from './prometheus-text.ts';

/** How often the event loop is looked at. */
const RESOLUTION_MS = 20;

/** `/metrics`: what GetMetrics answers, and how the process is doing, for Prometheus to scrape. */
export function createMetricsPage(runtime: RuntimeOperations): Page {
  // NB: begun with the first scrape, so that a server that nobody scrapes does not wake up for it.
  let delay: ELDHistogram | undefined;
  return {
    path: '/metrics',
    async render() {
      if (delay === undefined) {
        delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
        delay.enable();
      }
      const askedMs = performance.now();
      const { result } = await runtime.execute({
        case: 'pipeline',
        value: { command: { case: 'getMetrics', value: {} } },
      });
      if (result.case !== 'getMetrics') throw new TypeError(`getMetrics was answered with ${result.case}`);
      const text = new PrometheusText();
      writeGraphFamilies(text, result.value);
      writeServer(text, { delay, tookSeconds: (performance.now() - askedMs) / 1000 });
      return { contentType: PROMETHEUS_CONTENT_TYPE, body: text.toString() };
    },
  };
}

/** The names without our prefix are those that other exporters use for the same. */
function writeServer(
  text: PrometheusText,
  { delay, tookSeconds }: { readonly delay: ELDHistogram; readonly tookSeconds: number },
): void {
  text.family('streamlib_info', 'gauge', 'The version of the server; always 1.').add({ version: VERSION }, 1);
  text
    .family(
      'streamlib_runtime_answer_seconds',
      'gauge',
      "How long the runtime's thread took to be asked this.",
    )
    .add({}, tookSeconds);
  const { user, system } = process.cpuUsage();
  text
    .family('process_cpu_seconds_total', 'counter', 'CPU time of the process, of all threads.')
    .add({}, (user + system) / 1e6);
  text
    .family('process_resident_memory_bytes', 'gauge', 'Memory of the process that is in use.')
    .add({}, process.memoryUsage.rss());
  text
    .family('process_start_time_seconds', 'gauge', 'When the process was started, since the Unix epoch.')
    .add({}, Date.now() / 1000 - process.uptime());
  const lag = text.family(
    'nodejs_eventloop_lag_seconds',
    'gauge',
    'How late the event loop of the API came to its timers since the first scrape.',
  );
  const late = (ns: number) => (Number.isFinite(ns) ? Math.max(0, ns / 1e9 - RESOLUTION_MS / 1000) : 0);
  lag.add({ quantile: '0.5' }, late(delay.percentile(50)));
  lag.add({ quantile: '0.99' }, late(delay.percentile(99)));
  lag.add({ quantile: '1' }, late(delay.max));
}
