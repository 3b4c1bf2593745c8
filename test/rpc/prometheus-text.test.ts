import assert from 'node:assert/strict';
import { create } from '@bufbuild/protobuf';
import { BottleneckKind, GetMetricsResponseSchema } from '../../gen/ts/streamlib/v1/metrics_pb.ts';
import { ProcessorState } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import { writeGraphFamilies } from '../../server/rpc/metrics-families.ts';
import { PrometheusText } from '../../server/rpc/prometheus-text.ts';

describe('the text format of Prometheus', () => {
  it('has help and type once before the samples of a family, and nothing of an empty one', () => {
    const text = new PrometheusText();
    text.family('empty_total', 'counter', 'Nothing.');
    const frames = text.family('frames_total', 'counter', 'Frames.');
    frames.add({}, 3n);
    frames.add({ link: 'a' }, 4);
    assert.equal(
      text.toString(),
      '# HELP frames_total Frames.\n# TYPE frames_total counter\nframes_total 3\nframes_total{link="a"} 4\n',
    );
    assert.equal(new PrometheusText().toString(), '');
  });

  it('escapes what would end a label or a line', () => {
    const text = new PrometheusText();
    text.family('a', 'gauge', 'One\\two\nthree "four".').add({ name: 'x"y\\z\nw' }, 1);
    assert.equal(
      text.toString(),
      '# HELP a One\\\\two\\nthree "four".\n# TYPE a gauge\na{name="x\\"y\\\\z\\nw"} 1\n',
    );
  });

  for (const { value, want } of [
    { value: 0, want: '0' },
    { value: 1e-9, want: '1e-9' },
    { value: 2n ** 63n, want: '9223372036854775808' },
    { value: Number.NaN, want: 'NaN' },
    { value: Number.POSITIVE_INFINITY, want: '+Inf' },
    { value: Number.NEGATIVE_INFINITY, want: '-Inf' },
  ])
    it(`writes ${value} as ${want}`, () => {
      const text = new PrometheusText();
      text.family('a', 'gauge', 'A.').add({}, value);
      assert.equal(text.toString().split('\n')[2], `a ${want}`);
    });

  it('writes distributions as summaries, without quantiles where nothing was measured', () => {
    const text = new PrometheusText();
    const family = text.family('t_seconds', 'summary', 'T.');
    family.addSummary(
      { p: 'a' },
      {
        count: 2n,
        sumSeconds: 0.5,
        quantiles: [
          [0.5, 0.2],
          [1, 0.3],
        ],
      },
    );
    family.addSummary({ p: 'b' }, { count: 0n, sumSeconds: 0, quantiles: [[0.5, 0]] });
    assert.deepEqual(text.toString().trimEnd().split('\n').slice(2), [
      't_seconds{p="a",quantile="0.5"} 0.2',
      't_seconds{p="a",quantile="1"} 0.3',
      't_seconds_sum{p="a"} 0.5',
      't_seconds_count{p="a"} 2',
      't_seconds_sum{p="b"} 0',
      't_seconds_count{p="b"} 0',
    ]);
  });
});

describe('the families of a graph', () => {
  const text = new PrometheusText();
  const latency = { count: 4n, sumUs: 2000, p50Us: 400, p90Us: 600, p99Us: 700, maxUs: 750 };
  writeGraphFamilies(
    text,
    create(GetMetricsResponseSchema, {
      processors: [
        {
          processorId: 'gain',
          processorType: 'Gain',
          owner: 'pipelines/p',
          laneId: 'lane-1',
          state: ProcessorState.RUNNING,
          totals: { framesIn: 7n, framesOut: 6n, errors: 1n, processTime: latency },
          busyFraction: 0.25,
          blockedFraction: 0.5,
        },
      ],
      links: [
        {
          linkId: 'l',
          fromProcessor: 'a',
          toProcessor: 'gain',
          totals: { produced: 9n, delivered: 7n, queued: 1n, dropped: { full: 1n, laneLost: 2n } },
          capacityFrames: 64,
          maxQueuedFrames: 12,
        },
      ],
      paths: [
        { processorIds: ['a', 'b', 'gain'], lastLinkId: 'l', latency },
        { processorIds: ['x', 'y'], lastLinkId: 'm' },
      ],
      lanes: [{ laneId: 'lane-1', processors: 2, busyFraction: 0.75, heapUsedBytes: 1000n }],
      pools: [{ pipelineId: 'p', inUse: 1, idle: 2, waiting: 3, rejected: 4n, succeeded: 5n, latency }],
      bottleneck: { kind: BottleneckKind.LINK, resource: 'links/l' },
    }),
  );
  const lines = text.toString().split('\n');
  const gain = 'processor="gain",type="Gain",owner="pipelines/p"';
  const link = 'link="l",from="a",to="gain"';
  const path = 'source="a",sink="gain",link="l"';

  for (const line of [
    `streamlib_processor_frames_in_total{${gain}} 7`,
    `streamlib_processor_errors_total{${gain}} 1`,
    `streamlib_processor_busy_ratio{${gain}} 0.25`,
    `streamlib_processor_blocked_ratio{${gain}} 0.5`,
    `streamlib_processor_state{${gain},lane="lane-1",state="running"} 1`,
    `streamlib_processor_process_seconds{${gain},quantile="0.99"} 0.0007`,
    `streamlib_processor_process_seconds_sum{${gain}} 0.002`,
    `streamlib_link_frames_dropped_total{${link},reason="lane_lost"} 2`,
    `streamlib_link_queued_frames{${link}} 1`,
    `streamlib_link_max_queued_frames{${link}} 12`,
    `streamlib_path_latency_seconds{${path},quantile="0.5"} 0.0004`,
    `streamlib_path_latency_seconds_count{${path}} 4`,
    'streamlib_lane_busy_ratio{lane="lane-1"} 0.75',
    'streamlib_pipeline_executions_waiting{pipeline="p"} 3',
    'streamlib_pipeline_executions_total{pipeline="p",outcome="rejected"} 4',
    'streamlib_bottleneck{resource="links/l",kind="link"} 1',
    'streamlib_unlisted_path_ends 0',
  ])
    it(`have ${line}`, () => assert.ok(lines.includes(line), text.toString()));

  it('have no sample twice', () => {
    const samples = lines.filter((line) => line !== '').map((line) => line.replace(/ \S+$/, ''));
    const values = samples.filter((line) => !line.startsWith('#'));
    assert.equal(new Set(values).size, values.length);
  });
});
