import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isMet, type Measurement, targetText } from './benchmark.ts';

const HEADINGS = ['name', 'value', 'unit', 'target', 'met'] as const;
/** The measurements as lines of text. */
export function resultTable(measurements: readonly Measurement[]): string {
  const rows = measurements.map((measurement) => {
    const { name, value, unit, target } = measurement;
    return [name, shortNumber(value), unit, targetText(target), metText(isMet(measurement))];
  });
  const widths = HEADINGS.map((heading, i) =>
    Math.max(heading.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 1 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ');
  return [HEADINGS, widths.map((width) => '-'.repeat(width)), ...rows]
    .map((cells) => line(cells).trimEnd())
    .join('\n');
}

/** Writes the measurements for programs: rows of name, value, unit, target and met, null where there is no target. */
export function writeResults(path: string, measurements: readonly Measurement[]): void {
  const rows = measurements.map((measurement) => ({
    name: measurement.name,
    value: measurement.value,
    unit: measurement.unit,
    target: targetText(measurement.target) || null,
    met: isMet(measurement) ?? null,
  }));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(rows, null, 2)}\n`);
}

function shortNumber(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));
}

function metText(met: boolean | undefined): string {
  if (met === undefined) return '';
  return met ? 'yes' : 'NO';
}
