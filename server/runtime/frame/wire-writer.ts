const encoder = new TextEncoder();

/** How a value follows its field number: https://protobuf.dev/programming-guides/encoding/#structure */
export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH_DELIMITED = 2;
export const FIXED32 = 5;

/**
 * Writes a message of the schema in Protobuf's binary form, for lanes, which load no Protobuf library. Values that
 * are a field's default are left out, as proto3 has it.
 */
export class WireWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;

  /** What turns out longer than `expectedBytes` is moved once or more while it grows. */
  constructor(expectedBytes = 256) {
    this.#bytes = new Uint8Array(expectedBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  uint32(field: number, value: number): void {
    if (value === 0) return;
    this.#tag(field, VARINT);
    this.#varint32(value);
  }

  uint32List(field: number, values: readonly number[]): void {
    if (values.length === 0) return;
    const list = new WireWriter();
    for (const value of values) list.#varint32(value);
    this.element(field, list.finish());
  }

  bool(field: number, value: boolean): void {
    this.uint32(field, value ? 1 : 0);
  }

  uint64(field: number, value: bigint): void {
    if (value === 0n) return;
    this.#tag(field, VARINT);
    this.#varint64(value);
  }

  int64(field: number, value: bigint): void {
    this.uint64(field, BigInt.asUintN(64, value));
  }

  /** A field with presence: written whatever its value is, unless it is undefined. */
  optionalDouble(field: number, value: number | undefined): void {
    if (value === undefined) return;
    this.#tag(field, FIXED64);
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  double(field: number, value: number): void {
    // NB: -0 is not the default, its bits are not all 0.
    if (!Object.is(value, 0)) this.optionalDouble(field, value);
  }

  bytes(field: number, value: Uint8Array): void {
    if (value.length > 0) this.element(field, value);
  }

  text(field: number, value: string): void {
    if (value !== '') this.element(field, encoder.encode(value));
  }

  /** An element of a repeated field, or a message: written also when it is empty. */
  element(field: number, value: Uint8Array): void {
    this.#tag(field, LENGTH_DELIMITED);
    this.#varint32(value.length);
    this.raw(value);
  }

  /** Bytes as they are. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** An element of a repeated message field that `write` fills. */
  message(field: number, write: (message: WireWriter) => void): void {
    const message = new WireWriter();
    write(message);
    this.element(field, message.finish());
  }

  /** What was written. Nothing can be written after. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  #tag(field: number, wireType: number): void {
    this.#varint32(field * 8 + wireType);
  }

  #varint32(value: number): void {
    this.#reserve(5);
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  #varint64(value: bigint): void {
    this.#reserve(10);
    let rest = value;
    while (rest > 0x7fn) {
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
