/** Whether labels have what a list asks for: `key=value`, or `key` with whatever value. Empty asks for nothing. */
export function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  if (wanted === '') return true;
  const equals = wanted.indexOf('=');
  if (equals < 0) return wanted in labels;
  return labels[wanted.slice(0, equals)] === wanted.slice(equals + 1);
}
