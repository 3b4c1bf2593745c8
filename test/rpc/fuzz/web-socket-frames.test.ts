import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TestServer } from '../../support/server.ts';
import { bytesOf, damaged, inPieces } from './arbitrary-bytes.ts';
import { FUZZ_RUNS, FUZZ_TIMEOUT_MS } from './fuzz-runs.ts';
import { exchangeBytes } from './raw-connection.ts';

const CLOSE = 8;
const INTERNAL_ERROR = 1011;
const LARGEST_MESSAGE_BYTES = 64 * 1024;

const HANDSHAKE = bytesOf(
  'GET /api/events?topics=none HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
);

interface Frame {
  readonly isLast: boolean;
  readonly reserved: number;
  readonly opcode: number;
  readonly isMasked: boolean;
  /** How the length is written: in the first byte, in two more or in eight more. */
  readonly lengthForm: 'shortest' | 'two' | 'eight';
  readonly payload: Uint8Array;
  /** What the length says more than there is. */
  readonly lie: number;
}

const frame: fc.Arbitrary<Frame> = fc.record({
  isLast: fc.boolean(),
  reserved: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.nat(7)),
  opcode: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(0, 1, 2, 9, 10) }, fc.nat(15)),
  isMasked: fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, fc.boolean()),
  lengthForm: fc.constantFrom('shortest', 'shortest', 'two', 'eight'),
  payload: fc.oneof(
    { weight: 6, arbitrary: fc.uint8Array({ maxLength: 130 }) },
    fc.constantFrom(LARGEST_MESSAGE_BYTES, LARGEST_MESSAGE_BYTES + 1).map((length) => new Uint8Array(length)),
  ),
  lie: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.constantFrom(1, 1000, 2 ** 31, 2 ** 52)),
});

const conversation = inPieces(
  damagedAtTimes(fc.array(frame, { maxLength: 8 }).map((frames) => Buffer.concat(frames.map(encode)))),
);

describe('any bytes behind the handshake of a WebSocket', function () {
  this.timeout(FUZZ_TIMEOUT_MS);

  it('end it with a code of the protocol at most, and never with 1011', async () => {
    await using server = await TestServer.start();
    const bye: Frame = {
      isLast: true,
      reserved: 0,
      opcode: CLOSE,
      isMasked: true,
      lengthForm: 'shortest',
      payload: Uint8Array.of(1000 >> 8, 1000 & 255),
      lie: 0,
    };
    await fc.assert(
      fc.asyncProperty(conversation, async (pieces) => {
        const answer = await exchangeBytes(server.port, [...pieces, encode(bye)], HANDSHAKE);
        const head = answer.indexOf('\r\n\r\n');
        assert.match(answer.toString('latin1', 0, head), /^HTTP\/1\.1 101 /);
        assert.notEqual(closeCodeOf(answer.subarray(head + 4)), INTERNAL_ERROR);
      }),
      { numRuns: FUZZ_RUNS },
    );
    assert.equal(await (await fetch(`${server.url}/health`)).text(), 'ok');
  });
});

function damagedAtTimes(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc.oneof({ weight: 2, arbitrary: bytes }, damaged(bytes));
}

function encode({ isLast, reserved, opcode, isMasked, lengthForm, payload, lie }: Frame): Buffer {
  const first = (isLast ? 0x80 : 0) | (reserved << 4) | opcode;
  const mask = isMasked ? 0x80 : 0;
  const length = payload.length + lie;
  let head: Buffer;
  if (lengthForm === 'eight' || length > 0xffff) {
    head = Buffer.alloc(10);
    head.set([first, mask | 127]);
    head.writeBigUInt64BE(BigInt(length), 2);
  } else if (lengthForm === 'two' || length > 125) {
    head = Buffer.alloc(4);
    head.set([first, mask | 126]);
    head.writeUInt16BE(length, 2);
  } else {
    head = Buffer.from([first, mask | length]);
  }
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([head, Buffer.alloc(isMasked ? 4 : 0), payload]);
}

/** The code in the close frame of a server's frames; undefined where there is none. */
function closeCodeOf(frames: Buffer): number | undefined {
  let offset = 0;
  while (offset + 2 <= frames.length) {
    const short = frames.readUInt8(offset + 1);
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    const length = short < 126 ? short : short === 126 ? frames.readUInt16BE(offset + 2) : 0;
    if ((frames.readUInt8(offset) & 15) === CLOSE)
      return length < 2 ? undefined : frames.readUInt16BE(offset + head);
    offset += head + length;
  }
  return undefined;
}
