import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatTraceparent, nextSpan, parseTraceparent } from '../../server/runtime/trace-context.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('parseTraceparent', () => {
  for (const { name, text, want } of [
    {
      name: 'a sampled one',
      text: `00-${TRACE}-${SPAN}-01`,
      want: { traceId: TRACE, spanId: SPAN, flags: '01' },
    },
    {
      name: 'flags that it does not know',
      text: `00-${TRACE}-${SPAN}-ff`,
      want: { traceId: TRACE, spanId: SPAN, flags: 'ff' },
    },
    {
      name: 'a later version with more behind it',
      text: `cc-${TRACE}-${SPAN}-01-what`,
      want: { traceId: TRACE, spanId: SPAN, flags: '01' },
    },
    { name: 'more behind version 00', text: `00-${TRACE}-${SPAN}-01-what`, want: undefined },
    { name: 'a later version with more, but no dash', text: `cc-${TRACE}-${SPAN}-01what`, want: undefined },
    { name: 'version ff', text: `ff-${TRACE}-${SPAN}-01`, want: undefined },
    { name: 'a trace of zeros', text: `00-${'0'.repeat(32)}-${SPAN}-01`, want: undefined },
    { name: 'a span of zeros', text: `00-${TRACE}-${'0'.repeat(16)}-01`, want: undefined },
    { name: 'capitals', text: `00-${TRACE.toUpperCase()}-${SPAN}-01`, want: undefined },
    { name: 'a short trace', text: `00-${TRACE.slice(1)}-${SPAN}-01`, want: undefined },
    { name: 'two of them', text: `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`, want: undefined },
    { name: 'nothing', text: '', want: undefined },
  ]) {
    it(`${want === undefined ? 'ignores' : 'reads'} ${name}`, () => {
      assert.deepEqual(parseTraceparent(text), want);
    });
  }

  it('takes any text without failing', () => {
    fc.assert(fc.property(fc.string(), (text) => parseTraceparent(text) === undefined));
  });
});

describe('nextSpan', () => {
  it('stays in the trace with a span of its own', () => {
    const parent = { traceId: TRACE, spanId: SPAN, flags: '01' };
    const spans = Array.from({ length: 1000 }, () => nextSpan(parent));
    assert.equal(new Set(spans.map(({ spanId }) => spanId)).size, 1000);
    for (const span of spans) {
      assert.deepEqual([span.traceId, span.flags], [TRACE, '01']);
      assert.deepEqual(parseTraceparent(formatTraceparent(span)), span);
    }
  });

  it('begins a trace where there is none', () => {
    const [one, other] = [nextSpan(undefined), nextSpan(undefined)];
    assert.deepEqual(parseTraceparent(formatTraceparent(one)), one);
    assert.notEqual(one.traceId, other.traceId);
  });
});
