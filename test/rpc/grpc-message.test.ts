import assert from 'node:assert/strict';
import fc from 'fast-check';
import { withPlainGrpcMessage } from '../../server/rpc/grpc-message.ts';

/** The header as it goes out for a text that the handlers have escaped in their own way. */
function written(text: string): string {
  const trailer = new Headers({ 'grpc-status': '3', 'grpc-message': encodeURIComponent(text) });
  return withPlainGrpcMessage({ status: 200, trailer }).trailer?.get('grpc-message') ?? '';
}

describe('withPlainGrpcMessage', () => {
  for (const { text, want } of [
    {
      text: 'gain must be a number, was "x"; see docs: a/b',
      want: 'gain must be a number, was "x"; see docs: a/b',
    },
    { text: '100%', want: '100%25' },
    { text: 'zu groß', want: 'zu gro%C3%9F' },
    { text: 'two\nlines', want: 'two%0Alines' },
  ]) {
    it(`writes ${JSON.stringify(text)} as ${want}`, () => {
      assert.equal(written(text), want);
    });
  }

  it('writes only what a header may carry, and nothing is lost', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const header = written(text);
        assert.match(header, /^[\x20-\x7e]*$/);
        // A header has no spaces at its ends.
        assert.equal(decodeURIComponent(header), text.replace(/^ +| +$/g, ''));
      }),
    );
  });

  it('leaves an answer without a message alone', () => {
    const response = { status: 200, trailer: new Headers({ 'grpc-status': '0' }) };
    assert.equal(withPlainGrpcMessage(response).trailer?.get('grpc-message'), null);
    assert.equal(withPlainGrpcMessage({ status: 200 }).trailer, undefined);
  });
});
