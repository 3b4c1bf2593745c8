import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CsvError, CsvRecords } from '../../server/recordings/csv-records.ts';

type Result = [line: number, cells: readonly string[] | string];

function read(pieces: string[], delimiter = ','): Result[] {
  const records = new CsvRecords(delimiter);
  const all = [...pieces.flatMap((piece) => records.push(piece)), ...records.end()];
  return all.map((one) => [one.line, one instanceof CsvError ? one.message : one.cells]);
}

/** RFC 4180, with everything quoted that may be. */
function quote(rows: string[][]): string {
  return rows
    .map((cells) => `${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')}\n`)
    .join('');
}

describe('CSV records', () => {
  for (const { name, text, delimiter, want } of [
    {
      name: 'plain cells',
      text: 'a,b\n1,2\n',
      want: [
        [1, ['a', 'b']],
        [2, ['1', '2']],
      ],
    },
    {
      name: 'a last line without an end',
      text: 'a\n1',
      want: [
        [1, ['a']],
        [2, ['1']],
      ],
    },
    {
      name: 'CRLF and empty lines',
      text: 'a\r\n\r\n\n1\r\n',
      want: [
        [1, ['a']],
        [4, ['1']],
      ],
    },
    { name: 'empty cells', text: ',a,,\n', want: [[1, ['', 'a', '', '']]] },
    { name: 'another delimiter', text: 'a;b,c\n', delimiter: ';', want: [[1, ['a', 'b,c']]] },
    { name: 'tabs', text: 'a\tb\n', delimiter: '\t', want: [[1, ['a', 'b']]] },
    {
      name: 'quoted delimiters and quotes',
      text: '"a,b","say ""hi""",c\n',
      want: [[1, ['a,b', 'say "hi"', 'c']]],
    },
    { name: 'empty quoted cells', text: '"",x,""\n', want: [[1, ['', 'x', '']]] },
    {
      name: 'quoted line ends',
      text: 'x,"a\nb\r\nc"\ny,1\n',
      want: [
        [1, ['x', 'a\nb\r\nc']],
        [4, ['y', '1']],
      ],
    },
    {
      name: 'a quote that is not closed',
      text: 'a\n"b\nc\n',
      want: [
        [1, ['a']],
        [2, 'a quote is not closed'],
      ],
    },
    {
      name: 'text after a closing quote, and what follows it',
      text: '"a"b,c\nd\n',
      want: [
        [1, 'a delimiter must follow the closing quote of cell 1, was "b"'],
        [2, ['d']],
      ],
    },
  ] as const) {
    it(`reads ${name}`, () => assert.deepEqual(read([text], delimiter), want));
    it(`reads ${name}, letter by letter`, () => assert.deepEqual(read(text.split(''), delimiter), want));
  }

  it('reads back any cells', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é') });
    const rows = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 8 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 7 }), (want, size) => {
        const text = quote(want);
        const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
          text.slice(i * size, (i + 1) * size),
        );
        assert.deepEqual(
          read(pieces).map(([, cells]) => cells),
          want,
        );
      }),
    );
  });

  it('gives up a quote that is never closed instead of keeping the rest of the file', () => {
    const records = new CsvRecords(',');
    const line = `${'x'.repeat(1023)}\n`;
    records.push('a\n"');
    const results = Array.from({ length: 1100 }, () => records.push(line)).flat();
    assert.ok(results[0] instanceof CsvError);
    assert.equal(results[0].line, 2);
  });
});
