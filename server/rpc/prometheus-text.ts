/** What a family of samples is, in the words of the format. */
export type FamilyType = 'counter' | 'gauge' | 'summary';

/** The labels of a sample. */
export type Labels = Readonly<Record<string, string>>;

/** A distribution as a summary shows it. */
export interface SummaryFigures {
  readonly count: bigint;
  readonly sumSeconds: number;
  /** Shares of all with what they lie up to. Not written while nothing was measured. */
  readonly quantiles: readonly (readonly [share: number, value: number])[];
}

/** The content type of the text format, version 0.0.4. */
export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Writes samples in the text format of Prometheus, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/): families in the order in which they were begun, each
 * with its help and type once. By hand, since all values come from elsewhere at the moment they are asked for.
 */
export class PrometheusText {
  readonly #lines: string[] = [];

  /** Begins a family; its samples are to follow before the next one. One without samples is not written. */
  family(name: string, type: FamilyType, help: string): PrometheusFamily {
    return new PrometheusFamily(this.#lines, { name, type, help });
  }

  /** Everything that was written so far. */
  toString(): string {
    return this.#lines.length === 0 ? '' : `${this.#lines.join('\n')}\n`;
  }
}

/** The samples of one name. */
export class PrometheusFamily {
  readonly #lines: string[];
  readonly #head: { readonly name: string; readonly type: FamilyType; readonly help: string };
  #isBegun = false;

  constructor(lines: string[], head: { name: string; type: FamilyType; help: string }) {
    this.#lines = lines;
    this.#head = head;
  }

  /** Adds a sample. */
  add(labels: Labels, value: number | bigint): void {
    this.#write('', labels, value);
  }

  /** Adds the samples of a distribution; only for a family that is a summary. */
  addSummary(labels: Labels, { count, sumSeconds, quantiles }: SummaryFigures): void {
    for (const [share, value] of count === 0n ? [] : quantiles)
      this.#write('', { ...labels, quantile: String(share) }, value);
    this.#write('_sum', labels, sumSeconds);
    this.#write('_count', labels, count);
  }

  #write(suffix: string, labels: Labels, value: number | bigint): void {
    const { name, type, help } = this.#head;
    if (!this.#isBegun) this.#lines.push(`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`);
    this.#isBegun = true;
    this.#lines.push(`${name}${suffix}${labelText(labels)} ${valueText(value)}`);
  }
}

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

const escapeLabel = (text: string): string => escapeHelp(text).replaceAll('"', '\\"');

function valueText(value: number | bigint): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}
