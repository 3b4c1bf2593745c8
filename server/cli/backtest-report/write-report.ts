import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PACKAGE_FOLDER } from '../../runtime/index.ts';
import { type ReportContent, reportPage } from './report-page.ts';

/** Writes the report into a file, which then shows all of it without a network. Throws what the file system throws. */
export function writeReport(file: string, content: ReportContent): void {
  const { resolve } = createRequire(join(PACKAGE_FOLDER, 'package.json'));
  const [script, style] = ['uplot/dist/uPlot.iife.min.js', 'uplot/dist/uPlot.min.css'].map((path) =>
    readFileSync(resolve(path), 'utf8'),
  ) as [string, string];
  writeFileSync(file, reportPage(content, { script, style }));
}
