import type { SearchRange } from '../trading/backtest/job/search-combinations.ts';
import { UsageError } from './command.ts';

const RANGE = /^(-?[\d.]+(?:e-?\d+)?)\.\.(-?[\d.]+(?:e-?\d+)?)(?::([\d.]+(?:e-?\d+)?))?$/;

/**
 * What `--param` says: `fast=12` is a value, `fast=5..20` and `fast=5..20:5` are ranges with their step, and `fast=5,8,13`
 * are values to try. What is no number, `true` or `false` is a text. Throws UsageError.
 */
export function parseParameter(text: string): SearchRange {
  const at = text.indexOf('=');
  const name = text.slice(0, Math.max(0, at));
  const given = text.slice(at + 1);
  if (name === '' || given === '') throw usage(text);
  const range = RANGE.exec(given);
  if (range === null) return { name, values: given.split(',').map(valueOfText) };
  const [min, max, step] = [range[1], range[2], range[3] ?? '1'].map(Number) as [number, number, number];
  if (![min, max, step].every(Number.isFinite) || max < min || step <= 0) throw usage(text);
  return { name, min, max, step };
}

function valueOfText(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? text : number;
}

const usage = (text: string): UsageError =>
  new UsageError(`--param must be as fast=12, fast=5..20:5 or fast=5,8,13, was ${JSON.stringify(text)}`);
