import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Code } from '@connectrpc/connect';
import { toConnectError } from '../../server/rpc/error-codes.ts';
import { httpStatusOf } from '../../server/rpc/rest/index.ts';
import { ERROR_REASONS, type ErrorReason, StreamlibError } from '../../server/runtime/errors.ts';
import { ROOT } from '../support/child.ts';

interface DocumentedReason {
  readonly reason: string;
  readonly code: string;
  readonly http: string;
  readonly when: string;
  readonly whatToDo: string;
}

const ROWS: DocumentedReason[] = readFileSync(`${ROOT}docs/errors.md`, 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, reason = '', code = '', http = '', when = '', whatToDo = '']) => ({
    reason: reason.replaceAll('`', ''),
    code,
    http,
    when,
    whatToDo,
  }));

const screamingSnake = (name: string): string => name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();

describe('docs/errors.md', () => {
  it('explains every reason once, in the order of the code, and no other', () => {
    assert.deepEqual(
      ROWS.map(({ reason }) => reason),
      Object.keys(ERROR_REASONS),
    );
  });

  for (const { reason, code, http, when, whatToDo } of ROWS) {
    it(`gives ${reason} the code and the status that callers get, and tells when and what to do`, () => {
      const error = toConnectError(new StreamlibError(reason as ErrorReason, 'text'));
      // gRPC writes it with two l.
      assert.equal(code, screamingSnake(Code[error.code]).replace('CANCELED', 'CANCELLED'));
      assert.equal(http.split(' ')[0], String(httpStatusOf(error)));
      assert.ok(when.length > 10 && whatToDo.length > 5, `${reason} is explained`);
    });
  }
});
