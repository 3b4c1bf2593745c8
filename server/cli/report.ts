import { timestampDate } from '@bufbuild/protobuf/wkt';
import { type GetMetricsResponse, GetMetricsResponseSchema } from '../../gen/ts/streamlib/v1/metrics_pb.ts';
import { serverOf } from './client.ts';
import { CLIENT_OPTIONS, type CliCommand } from './command.ts';
import { bottleneckLines, metricsTables } from './metrics-tables.ts';
import { messageJson, printReport } from './output.ts';

/** Further rows of a table say little that is not in the first. */
const MOST_ROWS = 20;

/** `streamlib report` */
export const reportCommand: CliCommand = {
  name: 'report',
  operands: '',
  operandCount: [0, 0],
  summary: 'Reports how a graph performs, and names its bottleneck with the evidence.',
  options: CLIENT_OPTIONS,
  async run({ options }) {
    const metrics = await serverOf(options).pipelines.getMetrics({});
    printReport(options, messageJson(GetMetricsResponseSchema, metrics), reportText(metrics));
    return 0;
  },
};

/** A measurement for people. */
export function reportText(metrics: GetMetricsResponse): string {
  const { time, interval, unlistedPathEnds } = metrics;
  const seconds = Number(interval?.seconds ?? 0n) + (interval?.nanos ?? 0) / 1e9;
  const at = time === undefined ? '' : ` at ${timestampDate(time).toISOString()}`;
  const unlisted = unlistedPathEnds > 0n ? [`${unlistedPathEnds} links to sinks have further paths`] : [];
  const blocks = [`measured over ${seconds.toFixed(1)} s${at}`, bottleneckLines(metrics).join('\n')];
  return [...blocks, ...metricsTables(metrics, MOST_ROWS), ...unlisted].join('\n\n');
}
