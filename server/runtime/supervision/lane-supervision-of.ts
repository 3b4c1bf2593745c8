import type { SupervisionSpec } from '../graph/index.ts';
import type { LaneSupervision } from '../lane/lane-supervision.ts';
import { encodedDefaultFrame } from '../messages/supervision-message.ts';
import { restartPolicyOf } from './restart-policy.ts';

/** What the lane of a processor has to know of its supervision. */
export function laneSupervisionOf({ errorPolicy, defaultFrame, restart }: SupervisionSpec): LaneSupervision {
  const policy = restartPolicyOf(restart);
  return {
    errorPolicy: errorPolicy ?? 'propagate',
    defaultFrame: defaultFrame && encodedDefaultFrame(defaultFrame),
    comesBack: policy.strategy !== 'never',
    circuit: policy.strategy === 'circuit_breaker' ? policy : undefined,
  };
}
