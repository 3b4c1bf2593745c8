const acceptable = /^(?:gzip|x-gzip|\*)$/;

/**
 * Whether an Accept-Encoding header admits gzip. Its own entry decides over that of `*`; a weight of 0 refuses.
 * Without the header, nothing is compressed.
 */
export function acceptsGzip(header: string | string[] | undefined): boolean {
  const entries = String(header ?? '')
    .toLowerCase()
    .split(',')
    .map((entry) => {
      const [coding = '', ...parameters] = entry.split(';').map((part) => part.trim());
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
      return { coding, isRefused: Number(weight) === 0 };
    })
    .filter(({ coding }) => acceptable.test(coding));
  const decisive = entries.find(({ coding }) => coding !== '*') ?? entries[0];
  return decisive !== undefined && !decisive.isRefused;
}
