import type { PipelineFault } from './pipeline-fault.ts';
import { type NumericSetting, type PipelineSettings, SETTING_RANGES } from './pipeline-spec.ts';

/** What the settings are called in a config. */
export const SETTING_NAMES = {
  channelCapacity: 'channel_capacity',
  maxConcurrent: 'max_concurrent',
  maxWaiting: 'max_waiting',
  executionTimeoutMs: 'execution_timeout',
  maxDeadLetters: 'max_dead_letters',
} as const satisfies Record<NumericSetting, string>;

/** Reports every setting that is out of its range. */
export function checkSettings(settings: PipelineSettings, report: (fault: PipelineFault) => void): void {
  for (const setting of Object.keys(SETTING_RANGES) as NumericSetting[]) {
    const value = settings[setting];
    const { least, most } = SETTING_RANGES[setting];
    if (value === undefined || (isCount(value, setting) && value >= least && value <= most)) continue;
    const path = `pipeline_config.${SETTING_NAMES[setting]}`;
    const [range, was] =
      setting === 'executionTimeoutMs'
        ? [`from ${least / 1000} s to ${most / 1000} s`, `${value / 1000} s`]
        : [`a whole number from ${least} to ${most}`, String(value)];
    report({ path, code: 'FIELD_INVALID', message: `${path} must be ${range}, was ${was}` });
  }
}

const isCount = (value: number, setting: NumericSetting): boolean =>
  setting === 'executionTimeoutMs' || Number.isInteger(value);
