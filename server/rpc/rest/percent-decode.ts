const escapedSlash = /(%2f)/i;

/**
 * Decodes every percent escape of a raw path segment, once; `+` stays. Gives undefined for a malformed escape
 * and for bytes that are not UTF-8.
 */
export function tryDecodeSegment(raw: string): string | undefined {
  if (!raw.includes('%')) return raw;
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}

/**
 * Like tryDecodeSegment, but leaves `%2F` and `%2f` as they are, so that a value of several segments can still
 * be split where its sender joined it.
 */
export function tryDecodeSegmentKeepingSlashes(raw: string): string | undefined {
  if (!escapedSlash.test(raw)) return tryDecodeSegment(raw);
  const parts = raw
    .split(escapedSlash)
    .map((part) => (escapedSlash.test(part) ? part : tryDecodeSegment(part)));
  return parts.some((part) => part === undefined) ? undefined : parts.join('');
}

/** Decodes one side of a query parameter: `+` and `%20` are spaces. Gives undefined for what is malformed. */
export function tryDecodeQueryPart(raw: string): string | undefined {
  return tryDecodeSegment(raw.includes('+') ? raw.replaceAll('+', ' ') : raw);
}
