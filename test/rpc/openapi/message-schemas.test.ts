import assert from 'node:assert/strict';
import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { createMessageSchemas } from '../../../server/rpc/openapi/message-schemas.ts';
import type { Direction } from '../../../server/rpc/openapi/schema-options.ts';
import { createJsonPrinter, plainJsonStyle } from '../../../server/rpc/rest/index.ts';
import { createJsonReader } from '../../../server/rpc/rest/read-json.ts';
import { messageType, registry } from '../rest/support/fixture.ts';

const book = messageType('Book');
const reader = createJsonReader(registry);
const printer = createJsonPrinter(plainJsonStyle, registry);

/** Checks values against the schema of a book. */
function checker(direction: Direction): (json: JsonValue) => boolean {
  const schemas = createMessageSchemas({ comment: () => '', examples: new Map() });
  const { $ref } = schemas.refer(book, direction);
  const components = { schemas: schemas.components } as JsonObject;
  // Formats are annotations in JSON Schema 2020-12.
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  return ajv.compile({ $ref, components }) as (json: JsonValue) => boolean;
}

function isRead(json: JsonValue): boolean {
  try {
    reader.readMessage(reflect(book), json);
    return true;
  } catch {
    return false;
  }
}

// Each is read by the server or not, and so says the schema.
const REQUESTS: readonly { json: JsonValue; want: boolean }[] = [
  { json: {}, want: true },
  { json: [], want: false },
  { json: { nothing: 1 }, want: false },
  { json: { name: 'x', tags: ['a'], labels: { k: 'v' } }, want: true },
  { json: { name: 5 }, want: false },
  { json: { name: null, shelf: null, tags: null, labels: null }, want: true },
  { json: { tags: [null] }, want: false },
  { json: { shelf: { id: 's', parent: { id: 'p' } } }, want: true },
  { json: { shelf: { parent: { x: 1 } } }, want: false },
  { json: { shelves: [{}, { x: 1 }] }, want: false },
  { json: { pages: 1 }, want: true },
  { json: { pages: '-1' }, want: true },
  { json: { pages: 1.5 }, want: false },
  { json: { pages: 2 ** 31 }, want: false },
  { json: { pages: '' }, want: false },
  { json: { pages: true }, want: false },
  { json: { year: -1 }, want: false },
  { json: { year: '-1' }, want: false },
  { json: { copies: '-1' }, want: false },
  { json: { copies: '18446744073709551615' }, want: true },
  { json: { isbn: 2 ** 53 }, want: false },
  { json: { isbn: '9007199254740993' }, want: true },
  { json: { isbn: '01' }, want: false },
  { json: { rating: 1.5, weight: '1e3' }, want: true },
  { json: { rating: 'NaN' }, want: true },
  { json: { rating: 'nan' }, want: false },
  { json: { lent: 'true' }, want: false },
  { json: { genre: 'novel' }, want: true },
  { json: { genre: 'GENRE_NOVEL' }, want: true },
  { json: { genre: 1, genres: ['poetry', 2] }, want: true },
  { json: { genre: 'comic' }, want: false },
  { json: { reading_time: '1.5s' }, want: true },
  { json: { reading_time: '315575999999s' }, want: true },
  { json: { reading_time: '-616689250690983.0845s' }, want: false },
  { json: { reading_time: '1m' }, want: false },
  { json: { fields: 'shelf.height_cm,readingTime' }, want: true },
  { json: { fields: '' }, want: true },
  { json: { fields: 'a b' }, want: false },
  { json: { price: 5, subtitle: 'x', signed_copy: false }, want: true },
  { json: { price: 'x' }, want: false },
  { json: { config: { a: [1, null] }, extra: null, notes: [1, 'x'] }, want: true },
  { json: { config: [] }, want: false },
  { json: { person: 'x' }, want: true },
  { json: { person: 'x', club: null }, want: true },
  { json: { person: 'x', club: 1 }, want: false },
  { json: { by_number: { 3: { id: 'x' } } }, want: true },
  { json: { by_number: { 3: { x: 1 } } }, want: false },
];

const ANSWERS: readonly JsonValue[] = [
  {},
  { name: 'x', pages: -1, isbn: '9007199254740993', copies: 5, rating: 'NaN', weight: '-Infinity' },
  { genre: 2, genres: [1, 'novel'], lent: true, cover: 'AAA=' },
  { published_at: '2024-01-01T00:00:00Z', reading_time: '-1.5s', fields: 'shelf.id,name' },
  { price: '9007199254740993', subtitle: '', signed_copy: false, edition: 0 },
  { config: { a: { b: null } }, extra: [1], notes: [null] },
  { shelf: { parent: { parent: {} } }, shelves: [{}], by_number: { 1: {} }, library: {} },
];

describe('schemas of messages', () => {
  const fitsRequest = checker('request');
  const fitsAnswer = checker('response');

  for (const { json, want } of REQUESTS) {
    it(`${want ? 'takes' : 'refuses'} the request ${JSON.stringify(json)}, and so does the reader`, () => {
      assert.deepEqual({ schema: fitsRequest(json), reader: isRead(json) }, { schema: want, reader: want });
    });
  }

  for (const json of ANSWERS) {
    it(`fits the answer that is printed for ${JSON.stringify(json)}`, () => {
      const message = reflect(book);
      reader.readMessage(message, json);
      const printed = JSON.parse(printer.print(book, message.message));
      assert.equal(fitsAnswer(printed), true, JSON.stringify(printed));
    });
  }

  it('refuses answers without a field that is always written, and with one too many', () => {
    const printed = JSON.parse(printer.print(book, reflect(book).message));
    const { name: _, ...without } = printed;
    assert.deepEqual([printed, without, { ...printed, more: 1 }].map(fitsAnswer), [true, false, false]);
  });
});
