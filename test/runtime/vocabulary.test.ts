import assert from 'node:assert/strict';
import type { DescEnum } from '@bufbuild/protobuf';
import { ErrorReasonSchema } from '../../gen/ts/streamlib/v1/error_pb.ts';
import { LogLevelSchema } from '../../gen/ts/streamlib/v1/event_pb.ts';
import { TransportSchema } from '../../gen/ts/streamlib/v1/link_pb.ts';
import { BottleneckKindSchema } from '../../gen/ts/streamlib/v1/metrics_pb.ts';
import { ChangeKindSchema, OnFailureSchema, WaitSchema } from '../../gen/ts/streamlib/v1/mutation_pb.ts';
import { CircuitStateSchema } from '../../gen/ts/streamlib/v1/pipeline_pb.ts';
import {
  DeliverySchema,
  ErrorPolicySchema,
  LanePrioritySchema,
  ProcessorStateSchema,
  RestartStrategySchema,
  SchedulingSchema,
} from '../../gen/ts/streamlib/v1/processor_pb.ts';
import { LaneKindSchema, RuntimeStatusSchema } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { ERROR_REASONS } from '../../server/runtime/errors.ts';
import * as vocabulary from '../../server/runtime/vocabulary.ts';

const pairs: [readonly string[], DescEnum][] = [
  [vocabulary.DELIVERIES, DeliverySchema],
  [vocabulary.PROCESSOR_STATES, ProcessorStateSchema],
  [vocabulary.RUNTIME_STATUSES, RuntimeStatusSchema],
  [vocabulary.WAITS, WaitSchema],
  [vocabulary.ON_FAILURES, OnFailureSchema],
  [vocabulary.TRANSPORTS, TransportSchema],
  [vocabulary.LANE_KINDS, LaneKindSchema],
  [vocabulary.LANE_PRIORITIES, LanePrioritySchema],
  [vocabulary.CHANGE_KINDS, ChangeKindSchema],
  [vocabulary.SCHEDULINGS, SchedulingSchema],
  [vocabulary.ERROR_POLICIES, ErrorPolicySchema],
  [vocabulary.RESTART_STRATEGIES, RestartStrategySchema],
  [vocabulary.CIRCUIT_STATES, CircuitStateSchema],
  [vocabulary.LOG_LEVELS, LogLevelSchema],
  [vocabulary.BOTTLENECK_KINDS, BottleneckKindSchema],
];

describe('the words of the schema', () => {
  for (const [words, schema] of pairs) {
    it(`${schema.name} has the same words and numbers in the code`, () => {
      const inSchema = schema.values.map(({ name, number }) => [
        name.slice(`${schema.sharedPrefix}`.length).toLowerCase(),
        number,
      ]);
      assert.deepEqual(
        words.map((word, number) => [word, number]),
        inSchema,
      );
    });
  }

  it('has every list of the vocabulary in this test', () => {
    const lists = Object.values(vocabulary).filter((value) => Array.isArray(value));
    assert.equal(pairs.length, lists.length);
  });

  it('has every reason of an error', () => {
    const inSchema = ErrorReasonSchema.values.slice(1).map(({ name }) => name.slice('ERROR_REASON_'.length));
    assert.deepEqual(Object.keys(ERROR_REASONS).sort(), inSchema.sort());
  });

  it('turns words into numbers and back, and knows no number of a later version', () => {
    const { DELIVERIES, numberOf, wordOf } = vocabulary;
    assert.equal(numberOf(DELIVERIES, 'every') as number, 2);
    assert.equal(numberOf(DELIVERIES, undefined) as number, 0);
    assert.equal(wordOf(DELIVERIES, 2), 'every');
    assert.deepEqual(
      [wordOf(DELIVERIES, 0), wordOf(DELIVERIES, undefined), wordOf(DELIVERIES, 99)],
      [undefined, undefined, undefined],
    );
  });
});
