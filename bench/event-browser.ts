import assert from 'node:assert/strict';
import { openClientPage } from '../test/conformance/browser/open-client-page.ts';
import { createBenchRuntime } from './support/bench-runtime.ts';
import type { Benchmark, Measurement } from './support/benchmark.ts';
import { startServer } from './support/start-server.ts';
import { median, percentile } from './support/statistics.ts';

const EVENTS = 200;
/** While the page, the server and the protocol between them warm up. */
const UNCOUNTED = 20;

/** How late a page is told of something: one event at a time on a stream that was idle. */
export const eventBrowser: Benchmark = {
  name: 'event-browser',
  measures: `from an event's time to the callback of a page in Chromium, ${EVENTS} events, each after the one before was received`,
  async run({ quick }) {
    await using page = await openClientPage();
    await using bench = await createBenchRuntime();
    const url = await startServer(bench.runtime, { cors_origins: [page.origin] });
    const rows: Measurement[] = [];
    for (const protocol of ['gRPC-Web', 'Connect with JSON'] as const) {
      await page.call('subscribe', url, protocol, 'ticks');
      const tookMs: number[] = [];
      let last = 0;
      for (let tick = 0; tick < UNCOUNTED + (quick ? 5 : EVENTS); tick++) {
        bench.runtime.events.publish('ticks', { name: 'tick' });
        const event = await page.call('nextEvent');
        assert.ok(event.sequence > last, `sequence must be above ${last}, was ${event.sequence}`);
        last = event.sequence;
        if (tick >= UNCOUNTED) tookMs.push(event.tookMs);
      }
      await page.call('unsubscribe');
      rows.push(
        { name: `${protocol}, p50`, value: median(tookMs), unit: 'ms' },
        { name: `${protocol}, p99`, value: percentile(tookMs, 0.99), unit: 'ms', target: { atMost: 10 } },
      );
    }
    return rows;
  },
};
