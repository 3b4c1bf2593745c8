/** A whole text message in one frame; a server does not mask (RFC 6455, section 5.2). */
const FINAL_TEXT = 0x81;
const LENGTH_IN_2_BYTES = 126;
const LENGTH_IN_8_BYTES = 127;

/** Text messages of a WebSocket, one frame each, as they go to the socket of any peer. */
export function textFrames(texts: readonly string[]): Uint8Array {
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const total = lengths.reduce((sum, length) => sum + headBytes(length) + length, 0);
  const bytes = Buffer.allocUnsafeSlow(total);
  let offset = 0;
  for (const [index, text] of texts.entries()) {
    offset = writeHead(bytes, offset, lengths[index] as number);
    offset += bytes.write(text, offset);
  }
  return bytes;
}

/** One such message. */
export const textFrame = (text: string): Uint8Array => textFrames([text]);

const headBytes = (length: number): number => (length < LENGTH_IN_2_BYTES ? 2 : length <= 0xffff ? 4 : 10);

function writeHead(bytes: Buffer, offset: number, length: number): number {
  bytes[offset] = FINAL_TEXT;
  if (length < LENGTH_IN_2_BYTES) {
    bytes[offset + 1] = length;
  } else if (length <= 0xffff) {
    bytes[offset + 1] = LENGTH_IN_2_BYTES;
    bytes.writeUInt16BE(length, offset + 2);
  } else {
    bytes[offset + 1] = LENGTH_IN_8_BYTES;
    bytes.writeBigUInt64BE(BigInt(length), offset + 2);
  }
  return offset + headBytes(length);
}
