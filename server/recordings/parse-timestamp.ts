/** How a column tells the time: ISO 8601 text, or a number since the Unix epoch. */
export type TimestampUnit = 'iso' | 's' | 'ms' | 'us';

const US_PER_UNIT = { s: 1e6, ms: 1000, us: 1 } as const;
const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/;
const DAY_MS = 86_400_000;

/** Microseconds since the Unix epoch, or undefined for what is no time. ISO text without a zone is UTC. */
export function parseTimestampUs(text: string, unit: TimestampUnit): number | undefined {
  if (unit === 'iso') return parseIsoUs(text.trim());
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? Math.round(value * US_PER_UNIT[unit]) : undefined;
}

function parseIsoUs(text: string): number | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const daysOfMonth = (Date.UTC(year, month, 1) - Date.UTC(year, month - 1, 1)) / DAY_MS;
  const real = month >= 1 && month <= 12 && day >= 1 && day <= daysOfMonth;
  if (!real || hour > 23 || minute > 59 || second > 60) return undefined;
  const ms = Date.UTC(year, month - 1, day, hour, minute, second) - zoneMs(match[8]);
  return ms * 1000 + Math.round(Number(match[7] ?? 0) * 1e6);
}

function zoneMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const digits = zone.replace(/\D/g, '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || 0);
  return minutes * 60_000 * (zone.startsWith('-') ? -1 : 1);
}
