import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import type { JsonValue } from '@bufbuild/protobuf';
import {
  httpVersions,
  jsonBody,
  type RestCall,
  type RestServer,
  startRestServer,
} from './support/rest-server.ts';

interface BindingCase {
  readonly rule: string;
  readonly call: RestCall;
  /** The part of the answer to look at; the whole answer where it is no object. */
  readonly want: JsonValue;
}

interface RefusalCase {
  readonly rule: string;
  readonly call: RestCall;
  readonly status?: number;
  readonly field?: string;
  readonly reason?: 'UNKNOWN' | 'INVALID';
  readonly text?: RegExp;
}

const get = (path: string): RestCall => ({ path });
const post = (path: string, value: JsonValue): RestCall => ({ method: 'POST', path, ...jsonBody(value) });
const put = (path: string, value: JsonValue): RestCall => ({ method: 'PUT', path, ...jsonBody(value) });
const patch = (path: string, value: JsonValue): RestCall => ({ method: 'PATCH', path, ...jsonBody(value) });
const json = { 'content-type': 'application/json' };

const bindings: BindingCase[] = [
  { rule: 'D1: a variable is decoded', call: get('/v1/books/a%20b%2Fc%25'), want: { name: 'a b/c%' } },
  { rule: 'D1: it is decoded once', call: get('/v1/books/%2525'), want: { name: '%25' } },
  { rule: 'D1: + stays', call: get('/v1/books/a+b'), want: { name: 'a+b' } },
  { rule: 'D1: UTF-8', call: get('/v1/books/%C3%A4'), want: { name: 'ä' } },
  {
    rule: 'D2: several segments keep %2F',
    call: get('/v1/files/a/b%2Fc%2fd%20e'),
    want: { name: 'a/b%2Fc%2fd e' },
  },
  { rule: 'D2: ** may be empty', call: get('/v1/files'), want: { name: '' } },
  { rule: 'D2: a variable of several segments', call: get('/v1/pairs/x/y'), want: { name: 'pairs/x/y' } },
  { rule: 'V1: a colon in an id', call: get('/v1/books/a:b'), want: { name: 'a:b' } },
  { rule: 'V1: an escaped colon', call: get('/v1/books/a%3Aread'), want: { name: 'a:read' } },
  { rule: 'V1: a verb', call: post('/v1/books/a:b:read', { pages: 1 }), want: { name: 'a:b', pages: 1 } },
  { rule: 'a number in the path', call: get('/v1/numbers/-7'), want: { pages: -7 } },
  { rule: 'an enum in the path', call: get('/v1/genres/poetry'), want: { genre: 'poetry' } },
  {
    rule: 'A1: another path',
    call: get('/v1/shelves/s/books/b'),
    want: { name: 'b', shelf: { id: 's', room: '', height_cm: 0 } },
  },
  {
    rule: 'B1: the whole body',
    call: post('/v1/books', { name: 'x', tags: ['a'] }),
    want: { name: 'x', tags: ['a'] },
  },
  { rule: 'B2: an array', call: put('/v1/books/x/tags', ['a', 'b']), want: ['a', 'b'] },
  { rule: 'B2: a map', call: put('/v1/books/x/labels', { k: 'v' }), want: { k: 'v' } },
  { rule: 'B2: a scalar', call: put('/v1/books/x/rating', 1.5), want: 1.5 },
  { rule: 'B2: null is unset', call: put('/v1/books/x/tags', null), want: [] },
  { rule: 'B2: an object', call: put('/v1/books/x', { id: 'i' }), want: { id: 'i', room: '', height_cm: 0 } },
  {
    rule: 'B3: no body is an empty message',
    call: { method: 'POST', path: '/v1/books' },
    want: { name: '', pages: 0 },
  },
  { rule: 'B3: no body is an unset field', call: { method: 'PUT', path: '/v1/books/x' }, want: null },
  {
    rule: 'B4: the path beats the body',
    call: post('/v1/books/path:read', { name: 'body' }),
    want: { name: 'path' },
  },
  {
    rule: 'B4: the path beats the body below',
    call: patch('/v1/shelves/path', { id: 'body', room: 'r' }),
    want: { shelf: { id: 'path', room: 'r', height_cm: 0 } },
  },
  {
    rule: 'B5: a charset',
    call: {
      method: 'POST',
      path: '/v1/books',
      headers: { 'content-type': 'Application/JSON; charset="UTF-8"' },
      body: '{}',
    },
    want: { name: '' },
  },
  {
    rule: 'B5: gzip',
    call: {
      method: 'POST',
      path: '/v1/books',
      headers: { ...json, 'content-encoding': 'gzip' },
      body: gzipSync('{"name":"zipped"}'),
    },
    want: { name: 'zipped' },
  },
  {
    rule: 'B6: raw bytes in and out',
    call: { method: 'POST', path: '/v1/uploads/u', headers: { 'content-type': 'text/plain' }, body: 'a,b' },
    want: 'a,b',
  },
  {
    rule: 'B6: raw bytes as the whole message',
    call: { method: 'POST', path: '/v1/raw', headers: { 'content-type': 'image/x' }, body: '{"a":1,"a":2}' },
    want: '{"a":1,"a":2}',
  },
  {
    rule: 'B7: the mask is what the body names',
    call: patch('/v1/shelves/s', { room: 'r', heightCm: 3 }),
    want: { update_mask: 'room,height_cm' },
  },
  {
    rule: 'B7: members of messages',
    call: patch('/v1/shelves/s', { parent: { room: 'r', parent: {} } }),
    want: { update_mask: 'parent.room,parent.parent' },
  },
  {
    rule: 'B7: a mask in the query stays',
    call: patch('/v1/shelves/s?updateMask=room', { height_cm: 3 }),
    want: { update_mask: 'room' },
  },
  {
    rule: 'Q1: proto and JSON names',
    call: get('/v1/books?reading_time=1.5s&publishedAt=2024-01-01T00:00:00Z'),
    want: { reading_time: '1.500s', published_at: '2024-01-01T00:00:00Z' },
  },
  {
    rule: 'Q1: dotted names',
    call: get('/v1/books?shelf.parent.heightCm=3'),
    want: { shelf: { id: '', room: '', height_cm: 0, parent: { id: '', room: '', height_cm: 3 } } },
  },
  {
    rule: 'Q1: several fields of one message',
    call: get('/v1/books?shelf.id=a&shelf.room=b'),
    want: { shelf: { id: 'a', room: 'b', height_cm: 0 } },
  },
  {
    rule: 'Q1: repetition, and no splitting at commas',
    call: get('/v1/books?tags=a,b&name=x&tags=c&scores=1&scores=1'),
    want: { tags: ['a,b', 'c'], scores: [1, 1] },
  },
  {
    rule: 'Q1: enums by name or number',
    call: get('/v1/books?genre=GENRE_NOVEL&genres=poetry&genres=1&genres=9'),
    want: { genre: 'novel', genres: ['poetry', 'novel', 9] },
  },
  {
    rule: 'Q2: wrappers',
    call: get('/v1/books?price=0&subtitle=&signed_copy=false'),
    want: { price: 0, subtitle: '', signed_copy: false },
  },
  {
    rule: 'Q2: field masks in either case',
    call: get('/v1/books?fields=shelf.height_cm,readingTime'),
    want: { fields: 'shelf.height_cm,reading_time' },
  },
  { rule: 'Q2: a zero of an optional field is set', call: get('/v1/books?edition=0'), want: { edition: 0 } },
  {
    rule: 'Q3: numbers',
    call: get('/v1/books?isbn=-9223372036854775808&copies=1&rating=-1.5e3&weight=NaN&year=4294967295'),
    want: { isbn: '-9223372036854775808', copies: 1, rating: -1500, weight: 'NaN', year: 4294967295 },
  },
  { rule: 'Q3: both base64 alphabets', call: get('/v1/books?cover=-_8'), want: { cover: '+/8=' } },
  { rule: 'Q3: an empty string', call: get('/v1/books?name=&person='), want: { name: '', person: '' } },
  { rule: 'Q3: a name without =', call: get('/v1/books?person'), want: { person: '' } },
  { rule: 'Q7: + and %20 are spaces', call: get('/v1/books?name=a+b%20c%2B'), want: { name: 'a b c+' } },
  { rule: 'Q7: = and & in a value', call: get('/v1/books?name=a=b%26c&'), want: { name: 'a=b&c' } },
];

const refusals: RefusalCase[] = [
  { rule: 'D3: a malformed escape', call: get('/v1/books/%zz'), field: 'name' },
  { rule: 'D3: bytes that are not UTF-8', call: get('/v1/books/%ff'), field: 'name' },
  { rule: 'D3: a malformed escape in several segments', call: get('/v1/files/a%2F%f/b'), field: 'name' },
  {
    rule: 'a path value of another type',
    call: get('/v1/numbers/x'),
    field: 'pages',
    text: /pages must be an integer .*, was "x"/,
  },
  { rule: 'an unknown enum value in the path', call: get('/v1/genres/prose'), field: 'genre' },
  {
    rule: 'B1: a query beside a whole body',
    call: post('/v1/books?pages=1', {}),
    field: 'pages',
    text: /takes no query parameters/,
  },
  { rule: 'B3: a body where none is declared', call: { path: '/v1/books', ...jsonBody({}) }, field: '' },
  {
    rule: 'B3: a DELETE with a body',
    call: { method: 'DELETE', path: '/v1/books/x', ...jsonBody({}) },
    field: '',
  },
  {
    rule: 'B5: another type',
    call: { method: 'POST', path: '/v1/books', headers: { 'content-type': 'text/plain' }, body: '{}' },
    status: 415,
  },
  {
    rule: 'B5: a form',
    call: {
      method: 'POST',
      path: '/v1/books',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: '{}',
    },
    status: 415,
  },
  {
    rule: 'B5: no type',
    call: { method: 'POST', path: '/v1/books', body: '{}' },
    status: 415,
    text: /was absent/,
  },
  {
    rule: 'B5: another charset',
    call: {
      method: 'POST',
      path: '/v1/books',
      headers: { 'content-type': 'application/json; charset=latin1' },
      body: '{}',
    },
    status: 415,
  },
  {
    rule: 'B5: another encoding',
    call: { method: 'POST', path: '/v1/books', headers: { ...json, 'content-encoding': 'br' }, body: 'x' },
    status: 415,
  },
  {
    rule: 'B5: broken gzip',
    call: { method: 'POST', path: '/v1/books', headers: { ...json, 'content-encoding': 'gzip' }, body: 'x' },
    text: /valid gzip/,
  },
  {
    rule: 'B5: an unknown field',
    call: post('/v1/books', { shelf: { colour: 'red' } }),
    field: 'shelf.colour',
    reason: 'UNKNOWN',
  },
  {
    rule: 'B5: a duplicate key',
    call: { method: 'POST', path: '/v1/books', headers: json, body: '{"shelf":{"id":"a","id":"b"}}' },
    field: 'shelf.id',
  },
  {
    rule: 'B5: malformed JSON',
    call: { method: 'POST', path: '/v1/books', headers: json, body: '{"name":' },
    field: '',
    text: /must be valid JSON/,
  },
  {
    rule: 'B5: white space for a body',
    call: { method: 'POST', path: '/v1/books', headers: json, body: ' ' },
    field: '',
  },
  { rule: 'a body value of another type', call: put('/v1/books/x/tags', { a: 1 }), field: 'tags' },
  { rule: 'Q3: an integer out of range', call: get('/v1/books?pages=2147483648'), field: 'pages' },
  { rule: 'Q3: a fraction for an integer', call: get('/v1/books?pages=1.0'), field: 'pages' },
  { rule: 'Q3: an unsigned integer below zero', call: get('/v1/books?copies=-1'), field: 'copies' },
  { rule: 'Q3: another word for true', call: get('/v1/books?lent=1'), field: 'lent' },
  { rule: 'Q3: an empty number', call: get('/v1/books?pages='), field: 'pages' },
  { rule: 'Q3: an empty boolean', call: get('/v1/books?lent'), field: 'lent' },
  { rule: 'Q3: an overflow', call: get('/v1/books?rating=1e999'), field: 'rating' },
  { rule: 'Q2: a Go duration', call: get('/v1/books?reading_time=1m'), field: 'reading_time' },
  { rule: 'Q4: an unknown name', call: get('/v1/books?colour=red'), field: 'colour', reason: 'UNKNOWN' },
  {
    rule: 'Q4: an unknown name below',
    call: get('/v1/books?shelf.colour=red'),
    field: 'shelf.colour',
    reason: 'UNKNOWN',
  },
  {
    rule: 'Q4: a path into a timestamp',
    call: get('/v1/books?published_at.nanos=1'),
    field: 'published_at.nanos',
    reason: 'UNKNOWN',
  },
  { rule: 'Q4: __proto__', call: get('/v1/books?__proto__=x'), field: '__proto__', reason: 'UNKNOWN' },
  {
    rule: 'Q4: a singular field twice',
    call: get('/v1/books?reading_time=1s&readingTime=1s'),
    field: 'reading_time',
  },
  { rule: 'Q4: two members of a oneof', call: get('/v1/books?person=x&club=1'), field: 'club' },
  {
    rule: 'Q4: two members of a oneof, one below',
    call: get('/v1/books?library.id=x&person=y'),
    field: 'person',
  },
  { rule: 'Q5: a message', call: get('/v1/books?shelf=x'), field: 'shelf', text: /has no text form/ },
  { rule: 'Q5: a map', call: get('/v1/books?labels=x'), field: 'labels' },
  { rule: 'Q5: a map key', call: get('/v1/books?labels%5Bk%5D=x'), field: 'labels[k]', reason: 'UNKNOWN' },
  { rule: 'Q5: a struct', call: get('/v1/books?config=%7B%7D'), field: 'config' },
  { rule: 'Q5: a value', call: get('/v1/books?extra=1'), field: 'extra' },
  { rule: 'Q5: repeated messages', call: get('/v1/books?shelves=x'), field: 'shelves' },
  {
    rule: 'Q6: a field of the path',
    call: get('/v1/books/x?name=y'),
    field: 'name',
    text: /is set by the path/,
  },
  { rule: 'Q6: a field of the path below', call: get('/v1/shelves/s/books/b?shelf.id=y'), field: 'shelf.id' },
  {
    rule: 'Q6: the field of the body',
    call: put('/v1/books/x?shelf.room=y', {}),
    field: 'shelf.room',
    text: /is set by the body/,
  },
  { rule: 'Q7: a malformed escape', call: get('/v1/books?name=%zz'), field: 'name' },
];

for (const version of httpVersions) {
  describe(`binding of requests over HTTP/${version}`, () => {
    let server: RestServer;
    before(async () => {
      server = await startRestServer(version, { style: 'plain' });
    });
    after(() => server[Symbol.asyncDispose]());
    afterEach(() => assert.deepEqual([server.failures, server.internalErrors], [[], []]));

    for (const { rule, call, want } of bindings) {
      it(`${rule}: ${call.method ?? 'GET'} ${call.path}`, async () => {
        const answer = await server.call(call);
        assert.equal(answer.status, 200, answer.text);
        assert.deepEqual(pick(answer.text, want), want);
      });
    }

    for (const { rule, call, status = 400, field, reason = 'INVALID', text = /, was / } of refusals) {
      it(`${rule}: ${call.method ?? 'GET'} ${call.path}`, async () => {
        const before = server.log.calls;
        const answer = await server.call(call);
        const body = JSON.parse(answer.text);
        assert.equal(answer.status, status, answer.text);
        assert.equal(body.code, 'invalid_argument');
        assert.equal(body.error, body.message);
        assert.match(body.message, text);
        assert.deepEqual(body.details, field === undefined ? [] : detailsFor(field, reason, body.message));
        assert.equal(server.log.calls, before);
      });
    }
  });
}

describe('options of binding', () => {
  it('Q4: skips the parameters of the ignore list', async () => {
    await using server = await startRestServer('1.1', { ignoredQueryParameters: ['_'] });
    assert.equal((await server.call(get('/v1/books?_=1&name=x'))).status, 200);
    assert.equal((await server.call(post('/v1/books?_=1', {}))).status, 200);
    assert.equal((await server.call(get('/v1/books?__=1'))).status, 400);
  });
});

function detailsFor(field: string, reason: string, description: string): JsonValue {
  return [
    { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: '', metadata: {} },
    {
      '@type': 'type.googleapis.com/google.rpc.BadRequest',
      field_violations: [{ field, description, reason: '' }],
    },
  ];
}

/** The members of the answer that `want` has; the answer itself where `want` is no object. */
function pick(text: string, want: JsonValue): JsonValue {
  if (typeof want === 'string') return text;
  const answer = JSON.parse(text);
  if (want === null || typeof want !== 'object' || Array.isArray(want)) return answer;
  return Object.fromEntries(Object.keys(want).map((key) => [key, answer[key]]));
}
