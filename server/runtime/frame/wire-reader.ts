import { StreamlibError } from '../errors.ts';
import { FIXED32, FIXED64, LENGTH_DELIMITED, VARINT } from './wire-writer.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a message in Protobuf's binary form, field by field: `while (reader.next()) switch (reader.field) …`. A
 * field that is not read is passed over, so that messages of newer schemas can be read. Whatever the bytes are, it
 * reads nothing beyond them; it throws FIELD_INVALID with the path `bytes` where they are no message.
 */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #field = 0;
  #wireType = 0;
  #isRead = true;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The number of the field at hand. */
  get field(): number {
    return this.#field;
  }

  /** Whether the field at hand is text, bytes, a message or a packed list. */
  get isLengthDelimited(): boolean {
    return this.#wireType === LENGTH_DELIMITED;
  }

  /** Goes to the next field and answers whether there is one. */
  next(): boolean {
    if (!this.#isRead) this.#skip();
    if (this.#at === this.#bytes.length) return false;
    const tag = Number(BigInt.asUintN(32, this.#varint()));
    this.#field = tag >>> 3;
    this.#wireType = tag & 7;
    this.#isRead = false;
    if (this.#field === 0) throw this.#malformed('field number 0');
    return true;
  }

  uint32(): number {
    return Number(BigInt.asUintN(32, this.uint64()));
  }

  /** One element or several of a list, as the encoder chose to write it. */
  uint32List(): number[] {
    if (!this.isLengthDelimited) return [this.uint32()];
    const list = this.message();
    const values: number[] = [];
    while (list.#at < list.#bytes.length) values.push(Number(BigInt.asUintN(32, list.#varint())));
    return values;
  }

  uint64(): bigint {
    this.#begin(VARINT);
    return this.#varint();
  }

  int64(): bigint {
    return BigInt.asIntN(64, this.uint64());
  }

  bool(): boolean {
    return this.uint64() !== 0n;
  }

  double(): number {
    this.#begin(FIXED64);
    const at = this.#advance(8);
    return this.#view.getFloat64(at, true);
  }

  /** A view of the message's own bytes. */
  bytes(): Uint8Array {
    this.#begin(LENGTH_DELIMITED);
    return this.#lengthDelimited();
  }

  text(): string {
    const bytes = this.bytes();
    try {
      return decoder.decode(bytes);
    } catch {
      throw this.#malformed('text that is not UTF-8');
    }
  }

  /** The message in the field at hand. */
  message(): WireReader {
    return new WireReader(this.bytes());
  }

  #begin(wireType: number): void {
    this.#isRead = true;
    if (this.#wireType !== wireType)
      throw this.#malformed(`wire type ${this.#wireType} in field ${this.#field}`);
  }

  #skip(): void {
    this.#isRead = true;
    switch (this.#wireType) {
      case VARINT:
        this.#varint();
        break;
      case FIXED64:
        this.#advance(8);
        break;
      case LENGTH_DELIMITED:
        this.#lengthDelimited();
        break;
      case FIXED32:
        this.#advance(4);
        break;
      default:
        throw this.#malformed(`wire type ${this.#wireType} in field ${this.#field}`);
    }
  }

  #lengthDelimited(): Uint8Array {
    const length = Number(this.#varint());
    const at = this.#advance(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** Where `count` bytes begin that lie within the message; goes on behind them. */
  #advance(count: number): number {
    const at = this.#at;
    if (count > this.#bytes.length - at) throw this.#malformed(`an end ${count} bytes too early`);
    this.#at = at + count;
    return at;
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#advance(1)] as number;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw this.#malformed('a number of more than 10 bytes');
  }

  #malformed(what: string): StreamlibError {
    return new StreamlibError(
      'FIELD_INVALID',
      `bytes must hold an encoded frame, was ${what} at ${this.#at}`,
      {
        path: 'bytes',
      },
    );
  }
}
