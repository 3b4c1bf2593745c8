import assert from 'node:assert/strict';
import { create, fromBinary, fromJson, type JsonValue, toBinary, toJson } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import fc from 'fast-check';
import { FieldProblem } from '../../../server/rpc/rest/field-problem.ts';
import { canonicalJsonStyle, plainJsonStyle } from '../../../server/rpc/rest/json-style.ts';
import { findRepeatedKey, parseJsonBytes } from '../../../server/rpc/rest/json-text.ts';
import { createJsonPrinter } from '../../../server/rpc/rest/print-json.ts';
import { createJsonReader } from '../../../server/rpc/rest/read-json.ts';
import { messageType, registry } from './support/fixture.ts';

const book = messageType('Book');
const canonical = createJsonPrinter(canonicalJsonStyle, registry);
const plain = createJsonPrinter(plainJsonStyle, registry);

function read(json: JsonValue) {
  const target = reflect(book);
  createJsonReader(registry).readMessage(target, json);
  return target.message;
}

function tryRead(json: JsonValue): unknown {
  try {
    return toBinary(book, read(json));
  } catch (error) {
    return error;
  }
}

/** One value for each field that a book may have at the same time. */
const fullBook: Record<string, JsonValue> = {
  name: 'Ulysses "x"\n',
  shelf: { id: 's1', room: '', heightCm: -3, parent: { id: 'p', room: 'r', heightCm: 0 } },
  tags: ['a', ''],
  labels: { k: 'v', __proto: 'w' },
  pages: -2147483648,
  isbn: '-9223372036854775808',
  copies: '18446744073709551615',
  year: 4294967295,
  rating: 1e300,
  weight: 0.5,
  lent: true,
  cover: '+/8=',
  genre: 'GENRE_NOVEL',
  genres: ['GENRE_POETRY', 7],
  edition: 0,
  publishedAt: '2024-02-29T23:59:59.000000001Z',
  readingTime: '-1.500s',
  fields: 'shelf.heightCm,tags',
  price: '9007199254740993',
  subtitle: '',
  config: { a: [1, null, { b: 'c' }] },
  extra: null,
  attachment: { '@type': 'type.googleapis.com/rest.fixture.CountResponse', number: 1, bigNumber: '2' },
  shelves: [{ id: 'x', room: '', heightCm: 0 }],
  byNumber: { '-1': { id: 'n', room: '', heightCm: 0 } },
  library: { id: 'l', room: '', heightCm: 0 },
  signedCopy: false,
  scores: [1, 2],
  notes: ['n', 1],
};

describe('JSON printer', () => {
  it('writes what the library for ProtoJSON writes', () => {
    const message = fromJson(book, fullBook, { registry });
    assert.deepEqual(
      JSON.parse(canonical.print(book, message)),
      toJson(book, message, { registry, alwaysEmitImplicit: true }),
    );
  });

  it('writes the same for an empty message: implicit fields, and none with presence', () => {
    const message = create(book);
    assert.deepEqual(
      JSON.parse(canonical.print(book, message)),
      toJson(book, message, { alwaysEmitImplicit: true }),
    );
  });

  for (const { name, init, want } of [
    {
      name: 'names of the proto file',
      init: { shelf: { heightCm: 2 } },
      want: { shelf: { id: '', room: '', height_cm: 2 } },
    },
    {
      name: 'short enum names',
      init: { genre: 2, genres: [0, 1, 9] },
      want: { genre: 'poetry', genres: ['unspecified', 'novel', 9] },
    },
    { name: '2^53-1 as a number', init: { isbn: 2n ** 53n - 1n }, want: { isbn: 9007199254740991 } },
    {
      name: '2^53 as a string',
      init: { isbn: 2n ** 53n, copies: 2n ** 64n - 1n },
      want: { isbn: '9007199254740992', copies: '18446744073709551615' },
    },
    {
      name: 'negative 64-bit integers',
      init: { isbn: -(2n ** 53n - 1n) },
      want: { isbn: -9007199254740991 },
    },
    { name: 'a wrapped 64-bit integer', init: { price: -(2n ** 53n) }, want: { price: '-9007199254740992' } },
    {
      name: 'numbers that JSON has not',
      init: { rating: Number.NaN, weight: Number.NEGATIVE_INFINITY },
      want: { rating: 'NaN', weight: '-Infinity' },
    },
    {
      name: 'field masks in snake case',
      init: { fields: { paths: ['shelf.height_cm', 'tags'] } },
      want: { fields: 'shelf.height_cm,tags' },
    },
    { name: 'the set member of a oneof', init: { owner: { case: 'club', value: 0 } }, want: { club: 0 } },
    {
      name: 'an Any of an unknown type with its bytes',
      init: { attachment: { typeUrl: 'x/unknown.T', value: new Uint8Array([1]) } },
      want: { attachment: { '@type': 'x/unknown.T', value: 'AQ==' } },
    },
    {
      name: 'an Any with bytes that are not its type',
      init: { attachment: { typeUrl: 'x/rest.fixture.Book', value: new Uint8Array([255]) } },
      want: { attachment: { '@type': 'x/rest.fixture.Book', value: '/w==' } },
    },
  ]) {
    it(`plain style: ${name}`, () => {
      const printed = JSON.parse(plain.print(book, create(book, init as never)));
      const shown = Object.fromEntries(Object.keys(want).map((key) => [key, printed[key]]));
      assert.deepEqual(shown, want);
    });
  }

  for (const { field, init, want } of [
    { field: 'tags', init: { tags: ['a'] }, want: '["a"]' },
    { field: 'tags', init: {}, want: '[]' },
    { field: 'labels', init: {}, want: '{}' },
    { field: 'rating', init: {}, want: '0' },
    { field: 'edition', init: {}, want: 'null' },
    { field: 'shelf', init: {}, want: 'null' },
    { field: 'price', init: { price: 3n }, want: '3' },
  ]) {
    it(`R1: writes the field ${field} of ${JSON.stringify(Object.keys(init))} alone`, () => {
      const descriptor = book.fields.find((one) => one.name === field);
      assert.ok(descriptor);
      assert.equal(plain.printField(descriptor, create(book, init as never)), want);
    });
  }
});

describe('JSON reader', () => {
  it('reads what the library for ProtoJSON reads', () => {
    assert.deepEqual(toBinary(book, read(fullBook)), toBinary(book, fromJson(book, fullBook, { registry })));
  });

  for (const style of [canonicalJsonStyle, plainJsonStyle]) {
    it(`reads back what is printed in the style ${JSON.stringify(style)}`, () => {
      const message = fromJson(book, fullBook, { registry });
      const printed = createJsonPrinter(style, registry).print(book, message);
      assert.deepEqual(toBinary(book, read(JSON.parse(printed))), toBinary(book, message));
    });
  }

  for (const { name, json, want } of [
    {
      name: 'proto names',
      json: { reading_time: '1s', shelf: { height_cm: 4 } },
      want: { readingTime: '1s', shelf: { heightCm: 4 } },
    },
    {
      name: 'short enum names',
      json: { genre: 'novel', genres: ['poetry'] },
      want: { genre: 1, genres: [2] },
    },
    {
      name: 'full enum names and numbers',
      json: { genres: ['GENRE_NOVEL', 2, 0] },
      want: { genres: [1, 2, 0] },
    },
    {
      name: 'numbers as text',
      json: { pages: '-5', isbn: '7', rating: '1.5e3', price: '8' },
      want: { pages: -5, isbn: '7', rating: 1500, price: '8' },
    },
    {
      name: 'whole numbers with an exponent',
      json: { pages: 1e2, isbn: 3.0 },
      want: { pages: 100, isbn: '3' },
    },
    {
      name: 'NaN and infinities',
      json: { rating: 'NaN', weight: '-Infinity' },
      want: { rating: 'NaN', weight: '-Infinity' },
    },
    {
      name: 'null as absent',
      json: { name: null, shelf: null, tags: null, genre: null, person: null, club: 3 },
      want: { club: 3 },
    },
    { name: 'null as a value', json: { extra: null }, want: { extra: null } },
    { name: 'both base64 alphabets', json: { cover: '-_8' }, want: { cover: '+/8=' } },
    { name: 'empty bytes', json: { cover: '' }, want: {} },
    {
      name: 'an explicit zero',
      json: { edition: 0, signed_copy: false },
      want: { edition: 0, signedCopy: false },
    },
    {
      name: 'field masks in either case',
      json: { fields: 'shelf.height_cm,readingTime' },
      want: { fields: 'shelf.heightCm,readingTime' },
    },
  ] as { name: string; json: JsonValue; want: JsonValue }[]) {
    it(`takes ${name}`, () => {
      assert.deepEqual(toBinary(book, read(json)), toBinary(book, fromJson(book, want, { registry })));
    });
  }

  for (const { json, kind = 'invalid', field, reason } of [
    { json: { nothing: 1 }, kind: 'unknown', field: 'nothing' },
    { json: { shelf: { parent: { x: 1 } } }, kind: 'unknown', field: 'shelf.parent.x' },
    { json: { shelves: [{}, { x: 1 }] }, kind: 'unknown', field: 'shelves[1].x' },
    { json: { by_number: { 3: { x: 1 } } }, kind: 'unknown', field: 'by_number.3.x' },
    { json: { height_cm: 1 }, kind: 'unknown', field: 'height_cm' },
    { json: [], field: '', reason: /must be an object, was \[\]/ },
    { json: null, field: '', reason: /must be an object/ },
    { json: { reading_time: '1s', readingTime: '1s' }, field: 'readingTime', reason: /given twice/ },
    { json: { person: 'x', club: 1 }, field: 'club', reason: /excludes the others of person, library, club/ },
    {
      json: { pages: 2147483648 },
      field: 'pages',
      reason: /must be an integer from -2147483648 to 2147483647, was "2147483648"/,
    },
    { json: { pages: 1.5 }, field: 'pages' },
    { json: { pages: '' }, field: 'pages' },
    { json: { pages: '0x1' }, field: 'pages' },
    { json: { pages: true }, field: 'pages', reason: /must be a number, was true/ },
    { json: { year: -1 }, field: 'year' },
    { json: { isbn: 2 ** 53 }, field: 'isbn', reason: /must be written as a string beyond 2\^53-1/ },
    { json: { isbn: '9223372036854775808' }, field: 'isbn' },
    { json: { copies: '-1' }, field: 'copies' },
    { json: { price: 'x' }, field: 'price' },
    { json: { rating: 'much' }, field: 'rating' },
    { json: { weight: 1e39 }, field: 'weight', reason: /must fit a float/ },
    { json: { lent: 'true' }, field: 'lent', reason: /must be true or false, was "true"/ },
    { json: { lent: 1 }, field: 'lent' },
    { json: { name: 5 }, field: 'name', reason: /must be a string, was 5/ },
    { json: { name: '\ud800' }, field: 'name', reason: /valid Unicode/ },
    { json: { cover: 'a' }, field: 'cover', reason: /must be base64/ },
    { json: { cover: '####' }, field: 'cover' },
    {
      json: { genre: 'prose' },
      field: 'genre',
      reason: /must be one of unspecified, novel, poetry, was "prose"/,
    },
    { json: { genre: 1.5 }, field: 'genre' },
    { json: { genre: true }, field: 'genre' },
    { json: { tags: 'a' }, field: 'tags', reason: /must be an array/ },
    { json: { tags: ['a', 2] }, field: 'tags[1]' },
    { json: { tags: [null] }, field: 'tags[0]' },
    { json: { labels: [] }, field: 'labels', reason: /must be an object/ },
    { json: { labels: { a: 1 } }, field: 'labels.a' },
    { json: { by_number: { x: {} } }, field: 'by_number.x' },
    { json: { shelf: 3 }, field: 'shelf' },
    { json: { published_at: '2024-01-01' }, field: 'published_at', reason: /RFC 3339/ },
    { json: { published_at: 5 }, field: 'published_at' },
    { json: { reading_time: '1m' }, field: 'reading_time' },
    { json: { reading_time: '1.5s later' }, field: 'reading_time' },
    { json: { fields: 'a b' }, field: 'fields' },
    { json: { config: [] }, field: 'config' },
    { json: { attachment: { '@type': 'x/unknown.T' } }, field: 'attachment' },
  ] as { json: JsonValue; kind?: string; field: string; reason?: RegExp }[]) {
    it(`refuses ${JSON.stringify(json)}`, () => {
      assert.throws(() => read(json), { name: 'FieldProblem', kind, field, message: reason ?? /was/ });
    });
  }

  it('refuses with a FieldProblem whatever it does not take, and what it takes can be encoded', () => {
    const names = fc.constantFrom(...book.fields.flatMap((field) => [field.name, field.jsonName]));
    const text = fc.constantFrom(
      '',
      '1',
      '-1',
      'NaN',
      'true',
      '1s',
      'novel',
      '2024-01-01T00:00:00Z',
      'a,b',
      'AA==',
    );
    const leaf = fc.oneof(text, fc.jsonValue({ maxDepth: 1 }), fc.integer(), fc.double(), fc.constant(null));
    const value = fc.oneof(
      leaf,
      fc.array(leaf),
      fc.dictionary(fc.oneof(names, text, fc.constant('id')), leaf),
    );
    fc.assert(
      fc.property(fc.dictionary(names, value, { maxKeys: 3 }), (json) => {
        const outcome = tryRead(JSON.parse(JSON.stringify(json)));
        assert.ok(outcome instanceof Uint8Array || outcome instanceof FieldProblem, String(outcome));
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses messages that are nested too deeply', () => {
    const deep = (levels: number): JsonValue => (levels === 0 ? {} : { parent: deep(levels - 1) });
    assert.doesNotThrow(() => read({ shelf: deep(98) }));
    assert.throws(() => read({ shelf: deep(99) }), {
      name: 'FieldProblem',
      message: /nested deeper than 100 levels/,
    });
    assert.doesNotThrow(() => fromBinary(book, toBinary(book, read({ shelf: deep(98) }))));
  });
});

describe('JSON text', () => {
  const parse = (text: string) => parseJsonBytes(Buffer.from(text));

  for (const { text, field } of [
    { text: '{"a":1,"a":1}', field: 'a' },
    { text: '{"a":{"b":[0,{"c":1,"d":2,"c":3}]}}', field: 'a.b[1].c' },
    { text: '{"a":1,"\\u0061":2}', field: 'a' },
    { text: '[{"x":1},{"x":1,"x":1}]', field: '[1].x' },
    { text: '{"":1,"":2}', field: '' },
    { text: '{"__proto__":1,"__proto__":2}', field: '__proto__' },
  ]) {
    it(`B5: refuses the key given twice in ${text}`, () => {
      assert.throws(() => parse(text), {
        name: 'FieldProblem',
        kind: 'invalid',
        field,
        message: /is given twice/,
      });
    });
  }

  for (const text of [
    '{"a":"a","b":"a"}',
    '[{"a":1},{"a":1}]',
    '{"a":{"a":{"a":1}}}',
    '{"a\\"":1,"a":"{\\"a\\":"}',
    '["a","a"]',
    '"a"',
  ]) {
    it(`B5: takes ${text}`, () => assert.deepEqual(parse(text), JSON.parse(text)));
  }

  for (const text of ['', '{', '{"a":1}x', "{'a':1}", '{"a":NaN}', ' ']) {
    it(`refuses ${JSON.stringify(text)} as malformed`, () => {
      assert.throws(() => parse(text), { name: 'FieldProblem', field: '', message: /must be valid JSON/ });
    });
  }

  it('refuses bytes that are not UTF-8', () => {
    assert.throws(() => parseJsonBytes(new Uint8Array([0x22, 0xff, 0x22])), {
      message: /must be valid UTF-8/,
    });
  });

  it('does not exhaust the stack on deep text', () => {
    const depth = 200_000;
    assert.equal(findRepeatedKey('['.repeat(depth) + ']'.repeat(depth)), undefined);
  });

  it('finds no repeated key in any printed value, and the one that is put in', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, key) => {
        assert.equal(findRepeatedKey(JSON.stringify(value)), undefined);
        const member = `${JSON.stringify(key)}:${JSON.stringify(value)}`;
        assert.equal(findRepeatedKey(`[{${member},${member}}]`), `[0].${key}`);
      }),
    );
  });
});
