import assert from 'node:assert/strict';
import { parseTimestampUs, type TimestampUnit } from '../../server/recordings/parse-timestamp.ts';

const NOON_US = Date.UTC(2026, 1, 28, 12, 0, 0) * 1000;

describe('parseTimestampUs', () => {
  for (const { text, unit, want } of [
    { text: '2026-02-28T12:00:00Z', unit: 'iso', want: NOON_US },
    { text: '2026-02-28 12:00:00', unit: 'iso', want: NOON_US },
    { text: '2026-02-28T12:00', unit: 'iso', want: NOON_US },
    { text: '2026-02-28', unit: 'iso', want: NOON_US - 12 * 3600e6 },
    { text: '2026-02-28T12:00:00.000001Z', unit: 'iso', want: NOON_US + 1 },
    { text: '2026-02-28T14:00:00+02:00', unit: 'iso', want: NOON_US },
    { text: '2026-02-28T06:30:00-0530', unit: 'iso', want: NOON_US },
    { text: ' 2026-02-28T13:00:00+01 ', unit: 'iso', want: NOON_US },
    { text: '2026-02-29T12:00:00Z', unit: 'iso', want: undefined },
    { text: '2024-02-29', unit: 'iso', want: Date.UTC(2024, 1, 29) * 1000 },
    { text: '2026-13-01', unit: 'iso', want: undefined },
    { text: '2026-02-28T24:00:00', unit: 'iso', want: undefined },
    { text: '28.02.2026', unit: 'iso', want: undefined },
    { text: '', unit: 'iso', want: undefined },
    { text: '1700000000', unit: 's', want: 1_700_000_000_000_000 },
    { text: '1700000000.000001', unit: 's', want: 1_700_000_000_000_001 },
    { text: '1700000000123', unit: 'ms', want: 1_700_000_000_123_000 },
    { text: '1700000000123456', unit: 'us', want: 1_700_000_000_123_456 },
    { text: '-1', unit: 's', want: -1_000_000 },
    { text: ' ', unit: 's', want: undefined },
    { text: 'yesterday', unit: 'ms', want: undefined },
  ] satisfies { text: string; unit: TimestampUnit; want: number | undefined }[]) {
    it(`${JSON.stringify(text)} as ${unit} is ${want}`, () => {
      assert.equal(parseTimestampUs(text, unit), want);
    });
  }
});
