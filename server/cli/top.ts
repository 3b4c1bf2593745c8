import { setTimeout as pause } from 'node:timers/promises';
import { type GetMetricsResponse, GetMetricsResponseSchema } from '../../gen/ts/streamlib/v1/metrics_pb.ts';
import { serverOf } from './client.ts';
import { CLIENT_OPTIONS, type CliCommand, type OptionValues, textOption, UsageError } from './command.ts';
import { metricsTables } from './metrics-tables.ts';
import { messageJson, outputFormat, printReport } from './output.ts';
import { untilSignal } from './until-signal.ts';

const DEFAULT_INTERVAL_SECONDS = 2;
const LONGEST_INTERVAL_SECONDS = 3600;
/** Rows of each table where the height of the terminal is not known. */
const MOST_ROWS = 20;
/** From the upper left corner, with nothing left of what was there. */
const CLEAR = '\x1b[H\x1b[2J\x1b[3J';

/** `streamlib top` */
export const topCommand: CliCommand = {
  name: 'top',
  operands: '',
  operandCount: [0, 0],
  isLive: true,
  summary: 'Shows what processors, links and lanes are doing, again and again until a signal.',
  options: {
    ...CLIENT_OPTIONS,
    interval: {
      type: 'string',
      value: 'SECONDS',
      description: `how often, 0.1 to ${LONGEST_INTERVAL_SECONDS} (default ${DEFAULT_INTERVAL_SECONDS})`,
    },
    once: { type: 'boolean', description: 'shows it once' },
  },
  async run({ options }) {
    const intervalMs = intervalOf(options) * 1000;
    const client = serverOf(options).pipelines;
    const isScreen = process.stdout.isTTY && outputFormat(options) === 'table' && options.once !== true;
    await untilSignal(async (signal) => {
      for (;;) {
        const metrics = await client.getMetrics({}, { signal });
        if (isScreen) process.stdout.write(CLEAR);
        printReport(options, messageJson(GetMetricsResponseSchema, metrics), topText(metrics));
        if (options.once === true) return;
        await pause(intervalMs, undefined, { signal });
      }
    });
    return 0;
  },
};

function topText(metrics: GetMetricsResponse): string {
  const bottleneck = metrics.bottleneck?.summary ?? 'nothing flows';
  return [bottleneck, ...metricsTables(metrics, MOST_ROWS)].join('\n\n');
}

function intervalOf(options: OptionValues): number {
  const text = textOption(options, 'interval');
  if (text === undefined) return DEFAULT_INTERVAL_SECONDS;
  const seconds = Number(text);
  if (seconds >= 0.1 && seconds <= LONGEST_INTERVAL_SECONDS) return seconds;
  throw new UsageError(`--interval must be 0.1 to ${LONGEST_INTERVAL_SECONDS} seconds, was ${text}`);
}
