import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { encodeBody } from '../../../server/rpc/rest/compress-answer.ts';
import { acceptsGzip } from '../../../server/rpc/rest/index.ts';

describe('compression of answers', () => {
  for (const { header, want } of [
    { header: undefined, want: false },
    { header: 'gzip', want: true },
    { header: 'br, GZIP;q=0.5', want: true },
    { header: 'gzip;q=0', want: false },
    { header: '*', want: true },
    { header: '*, gzip;q=0', want: false },
    { header: 'br', want: false },
  ]) {
    it(`Accept-Encoding ${header} admits gzip: ${want}`, () => assert.equal(acceptsGzip(header), want));
  }

  it('leaves less than 1 KiB as it is', async () => {
    const { encoding } = await encodeBody({ 'accept-encoding': 'gzip' }, 'a'.repeat(1023));
    assert.equal(encoding, 'identity');
  });

  it('compresses from 1 KiB on', async () => {
    const text = 'a'.repeat(1024);
    const { encoding, body } = await encodeBody({ 'accept-encoding': 'gzip' }, text);
    assert.equal(encoding, 'gzip');
    assert.equal(gunzipSync(body).toString(), text);
  });
});
