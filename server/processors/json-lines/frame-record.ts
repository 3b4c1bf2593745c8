/** A data frame as a line of a file has it. */
export interface FrameRecord {
  readonly timestampUs: number | undefined;
  readonly sequenceId: number | undefined;
  readonly channels: readonly (readonly [name: string, values: Float64Array])[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Reads a data frame from its JSON. Throws an error that names the field and what it was. */
export function parseFrameRecord(text: string): FrameRecord {
  const json: unknown = JSON.parse(text);
  const { timestamp_us, sequence_id, payload, metadata = {} } = objectOf(json, 'a line');
  return {
    timestampUs: optionalNumber(timestamp_us, 'timestamp_us'),
    sequenceId: optionalNumber(sequence_id, 'sequence_id'),
    channels: Object.entries(objectOf(payload, 'payload')).map(([name, values]) => [
      name,
      valuesOf(values, `payload.${name}`),
    ]),
    metadata: Object.fromEntries(
      Object.entries(objectOf(metadata, 'metadata')).map(([key, value]) => {
        if (typeof value !== 'string') throw mustBe(`metadata.${key}`, 'text', value);
        return [key, value];
      }),
    ),
  };
}

function objectOf(value: unknown, name: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw mustBe(name, 'an object', value);
}

function optionalNumber(value: unknown, name: string): number | undefined {
  if (value === undefined || typeof value === 'number') return value;
  throw mustBe(name, 'a number', value);
}

function valuesOf(value: unknown, name: string): Float64Array {
  const list = Array.isArray(value) ? value : [value];
  return Float64Array.from(list, (each) => {
    if (each === null) return NaN;
    if (typeof each === 'number') return each;
    throw mustBe(name, 'numbers', each);
  });
}

const mustBe = (name: string, wanted: string, was: unknown): Error =>
  new Error(`${name} must be ${wanted}, was ${JSON.stringify(was)?.slice(0, 200)}`);
