// A pipeline over real data, and a plot of what it found: node examples/cpu-load.ts [CSV] [SVG]
// The data was recorded with SystemMetrics and CsvSink: how busy the processors of a machine with two cores were.
import { readFileSync, writeFileSync } from 'node:fs';
import { loadProcessorTypes, Pipeline } from '../server/index.ts';
import { chartSvg } from './support/chart-svg.ts';

const here = new URL('./', import.meta.url);
const [csv = new URL('data/cpu-load.csv', here), svg = new URL('data/cpu-load.svg', here)] =
  process.argv.slice(2);

const config = JSON.parse(readFileSync(new URL('cpu-load.json', here), 'utf8'));
const [, ...rows] = readFileSync(csv, 'utf8').trim().split('\n');

const seconds: number[] = [];
const measured: number[] = [];
const smoothed: number[] = [];
const scores: number[] = [];
{
  await using pipeline = await Pipeline.create(config, { types: await loadProcessorTypes() });
  for (const [sequenceId, row] of rows.entries()) {
    const [timestampUs = NaN, percent = NaN] = row.split(',').map(Number);
    const outputs = await pipeline.process({ timestampUs, sequenceId, payload: { cpu_percent: [percent] } });
    const channelOf = (nodeId: string, channel: string): number =>
      outputs.find((output) => output.nodeId === nodeId)?.frame.payload[channel]?.[0] ?? NaN;
    seconds.push(timestampUs / 1e6);
    measured.push(percent);
    smoothed.push(channelOf('smooth', 'cpu_percent'));
    scores.push(channelOf('anomaly', 'cpu_percent.z'));
  }
}

const anomalies = scores.flatMap((score, i) => (Math.abs(score) > 3 ? [i] : []));
const [start = 0] = seconds;
writeFileSync(
  svg,
  chartSvg({
    title: 'How busy the processors were (%), by seconds',
    x: seconds.map((second) => second - start),
    lines: [
      { name: 'measured', y: measured, color: '#9aa7b8' },
      { name: 'smooth: Ema, alpha 0.1', y: smoothed, color: '#1f6feb' },
    ],
    marks: { name: 'anomaly: 3 standard deviations away', indexes: anomalies, color: '#d1242f' },
  }),
);
console.log(`${rows.length} frames, ${anomalies.length} of them unusual`);
