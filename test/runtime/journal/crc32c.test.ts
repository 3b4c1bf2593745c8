import assert from 'node:assert/strict';
import { crc32c } from '../../../server/runtime/journal/crc32c.ts';

const bytes = (byteAt: (i: number) => number) => Uint8Array.from({ length: 32 }, (_, i) => byteAt(i));

describe('crc32c', () => {
  // RFC 3720, appendix B.4, where the bytes of each CRC are listed least first.
  for (const { name, input, want } of [
    { name: '32 zeros', input: bytes(() => 0), want: 0x8a9136aa },
    { name: '32 ones', input: bytes(() => 0xff), want: 0x62a8ab43 },
    { name: '32 counting up', input: bytes((i) => i), want: 0x46dd794e },
    { name: '32 counting down', input: bytes((i) => 31 - i), want: 0x113fdb5c },
    {
      name: 'the check value of the catalogue',
      input: new TextEncoder().encode('123456789'),
      want: 0xe3069283,
    },
    { name: 'nothing', input: new Uint8Array(), want: 0 },
  ]) {
    it(`is that of the standard for ${name}`, () => assert.equal(crc32c(input), want));
  }

  it('goes on from what comes before', () => {
    const whole = bytes((i) => i * 7);
    assert.equal(crc32c(whole.subarray(5), crc32c(whole.subarray(0, 5))), crc32c(whole));
  });
});
