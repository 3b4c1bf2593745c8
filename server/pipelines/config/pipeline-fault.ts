import { type ErrorReason, StreamlibError } from '../../runtime/index.ts';

/** One thing that is wrong with a pipeline's config. */
export interface PipelineFault {
  /** Where: `nodes[2].config.cutoff_hz`, `connections[0].to_port`. */
  readonly path: string;
  /** What is wrong, with the value. */
  readonly message: string;
  readonly code: ErrorReason;
}

const inPathOrder = new Intl.Collator('en', { numeric: true }).compare;

/** The faults in order of their paths. */
export const sortFaults = (faults: readonly PipelineFault[]): PipelineFault[] =>
  [...faults].sort((a, b) => inPathOrder(a.path, b.path));

/** All faults of a config as one error with the reason and path of the first. */
export function faultsError(faults: readonly PipelineFault[]): StreamlibError {
  const [first] = faults;
  if (first === undefined) throw new TypeError('a config without faults is no error');
  const more = faults.length === 1 ? '' : `, and ${faults.length - 1} more`;
  return new StreamlibError(first.code, `${first.message}${more}`, {
    path: first.path,
    faults: faults.map(({ path, message }) => ({ path, message })),
  });
}
