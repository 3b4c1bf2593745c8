import { StreamlibError } from '../errors.ts';
import type { SupervisionSpec } from './specs.ts';
import type { CatalogType } from './type-catalog.ts';

const MOST_DEAD_LETTERS = 1_000_000;

function invalid(path: string, rule: string, was: unknown): StreamlibError {
  return new StreamlibError('FIELD_INVALID', `${path} ${rule}, was ${JSON.stringify(was)}`, { path });
}

/**
 * Throws FIELD_INVALID for numbers out of range, and for a default frame that is missing or that an output of the type
 * does not take: whoever reads there could not be given it.
 */
export function assertSupervision(spec: SupervisionSpec, type: CatalogType): void {
  const { maxDeadLetters, restart, errorPolicy, defaultFrame } = spec;
  if (maxDeadLetters !== undefined && !(maxDeadLetters >= 1 && maxDeadLetters <= MOST_DEAD_LETTERS)) {
    const rule = `must be from 1 to ${MOST_DEAD_LETTERS}`;
    throw invalid('supervision.max_dead_letters', rule, maxDeadLetters);
  }
  for (const [field, value] of [
    ['failure_threshold', restart?.failureThreshold],
    ['window_ms', restart?.windowMs],
  ] as const)
    if (value === 0) throw invalid(`supervision.restart.${field}`, 'must be above 0', value);
  if (errorPolicy !== 'use_default') return;
  if (defaultFrame === undefined)
    throw invalid('supervision.default_frame', 'is required by error_policy use_default', defaultFrame);
  assertTakesData(type);
}

function assertTakesData({ name, outputs }: CatalogType): void {
  const other = outputs.find(({ frameType }) => frameType !== 'DataFrame' && frameType !== 'any');
  if (outputs.length > 0 && other === undefined) return;
  const was =
    other === undefined ? `${name}, which has none` : `${name}, whose ${other.name} is ${other.frameType}`;
  const rule = 'must not be use_default unless all outputs of the type take a DataFrame';
  const path = 'supervision.error_policy';
  throw new StreamlibError('FIELD_INVALID', `${path} ${rule}, was given to ${was}`, { path });
}
