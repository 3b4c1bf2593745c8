import assert from 'node:assert/strict';
import { Code, ConnectError } from '@connectrpc/connect';
import { BadRequestSchema, ErrorInfoSchema } from '../../gen/ts/google/rpc/error_details_pb.ts';
import { ErrorReason as ErrorReasonEnum, ErrorReasonSchema } from '../../gen/ts/streamlib/v1/error_pb.ts';
import { isInternal, toConnectError } from '../../server/rpc/error-codes.ts';
import { httpStatusOf } from '../../server/rpc/rest/index.ts';
import { ERROR_REASONS, type ErrorReason, StreamlibError } from '../../server/runtime/errors.ts';

/** The table of API.md: what callers rely on. */
const TABLE: readonly (readonly [Code, number, readonly ErrorReason[]])[] = [
  [
    Code.InvalidArgument,
    400,
    [
      'PROCESSOR_TYPE_UNKNOWN',
      'CONFIG_INVALID',
      'FIELD_UNKNOWN',
      'PORT_TYPE_MISMATCH',
      'CYCLE',
      'REQUEST_ID_REUSED',
    ],
  ],
  [Code.NotFound, 404, ['PROCESSOR_NOT_FOUND', 'LINK_NOT_FOUND', 'PIPELINE_NOT_FOUND', 'REVISION_NOT_FOUND']],
  [Code.AlreadyExists, 409, ['ID_TAKEN']],
  [
    Code.FailedPrecondition,
    400,
    ['INPUT_TAKEN', 'OWNED', 'NOT_RUNNING', 'COMMIT_FAILED', 'SERVICE_PROCESSOR'],
  ],
  [Code.Aborted, 409, ['REVISION_MISMATCH']],
  [Code.ResourceExhausted, 429, ['QUEUE_FULL', 'LANES', 'QUOTA']],
  [Code.OutOfRange, 400, ['RESUME_POINT_LOST']],
  [Code.Unavailable, 503, ['SERVER_SHUTTING_DOWN', 'JOURNAL_UNAVAILABLE']],
  [Code.DeadlineExceeded, 504, ['DEADLINE_EXCEEDED']],
  [Code.Canceled, 499, ['CANCELLED']],
  [Code.Unimplemented, 501, ['UNIMPLEMENTED']],
  [Code.Internal, 500, ['INTERNAL']],
];

describe('toConnectError', () => {
  for (const [code, status, reasons] of TABLE) {
    for (const reason of reasons) {
      it(`gives ${reason} the code ${Code[code]} and the HTTP status ${status}`, () => {
        const error = toConnectError(new StreamlibError(reason, 'field must be good, was bad'));
        assert.deepEqual([error.code, httpStatusOf(error)], [code, status]);
        const [info] = error.findDetails(ErrorInfoSchema);
        assert.deepEqual([info?.reason, info?.domain], [reason, 'streamlib']);
      });
    }
  }

  it('knows every reason', () => {
    for (const reason of Object.keys(ERROR_REASONS) as ErrorReason[]) {
      assert.notEqual(Code[toConnectError(new StreamlibError(reason, 'text')).code], undefined, reason);
    }
  });

  it('carries the field, the values and the text', () => {
    const error = toConnectError(
      new StreamlibError('CONFIG_INVALID', 'config.gain must be a number, was "x"', {
        path: 'config.gain',
        details: { processor_type: 'Gain' },
      }),
    );
    assert.equal(error.rawMessage, 'config.gain must be a number, was "x"');
    assert.deepEqual({ ...error.findDetails(ErrorInfoSchema)[0]?.metadata }, { processor_type: 'Gain' });
    const [violation] = error.findDetails(BadRequestSchema)[0]?.fieldViolations ?? [];
    assert.deepEqual(
      [violation?.field, violation?.description, violation?.reason],
      ['config.gain', 'config.gain must be a number, was "x"', 'CONFIG_INVALID'],
    );
  });

  it('names every field where several are at fault', () => {
    const faults = [
      { path: 'a', message: 'a must be set' },
      { path: 'b', message: 'b must be set' },
    ];
    const error = toConnectError(new StreamlibError('CONFIG_INVALID', 'two faults', { path: 'a', faults }));
    assert.deepEqual(
      error.findDetails(BadRequestSchema)[0]?.fieldViolations.map(({ field }) => field),
      ['a', 'b'],
    );
  });

  for (const { name, error } of [
    { name: 'an INTERNAL one', error: new StreamlibError('INTERNAL', 'secret') },
    { name: 'any other error', error: new TypeError('secret') },
    { name: 'no error at all', error: 'secret' },
    { name: 'an error of the protocol without a code', error: new ConnectError('secret', Code.Unknown) },
  ]) {
    it(`keeps the text of ${name} to itself`, () => {
      const converted = toConnectError(error);
      assert.equal(isInternal(converted), true);
      assert.equal(converted.rawMessage, 'internal error');
      assert.equal(converted.cause, error);
      assert.equal(converted.findDetails(ErrorInfoSchema)[0]?.reason, 'INTERNAL');
    });
  }

  it('gives a refusal of the protocol its reason and leaves its text', () => {
    const error = toConnectError(new ConnectError('x.Y.Z is not implemented', Code.Unimplemented));
    assert.equal(error.rawMessage, 'x.Y.Z is not implemented');
    assert.equal(error.findDetails(ErrorInfoSchema)[0]?.reason, 'UNIMPLEMENTED');
  });
});

describe('the reasons of the schema', () => {
  it('are those that streamlib gives', () => {
    const names = ErrorReasonSchema.values.map(({ name }) => name.replace(/^ERROR_REASON_/, ''));
    const missing = Object.keys(ERROR_REASONS).filter((reason) => !names.includes(reason));
    assert.deepEqual(missing, []);
    assert.equal(names[ErrorReasonEnum.UNSPECIFIED], 'UNSPECIFIED');
  });
});
