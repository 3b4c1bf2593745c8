/** How answers are written as JSON. Requests may use every style, whatever is chosen here. */
export interface JsonStyle {
  /** `proto` is the name in the proto file (snake_case), as far as the schema gives no other; `json` the lowerCamelCase one. */
  readonly fieldNames: 'json' | 'proto';
  /** `short` leaves out the prefix that all values of the enum share and writes lower case: `running`. */
  readonly enumNames: 'full' | 'short';
  /** `number` writes 64-bit integers up to 2^53-1 as numbers, larger ones as strings. */
  readonly int64: 'string' | 'number';
}

/** Canonical ProtoJSON. */
export const canonicalJsonStyle: JsonStyle = { fieldNames: 'json', enumNames: 'full', int64: 'string' };

/** What people expect of a REST API: names as in the proto file, short enum names, plain numbers. */
export const plainJsonStyle: JsonStyle = { fieldNames: 'proto', enumNames: 'short', int64: 'number' };
