import assert from 'node:assert/strict';
import type { Link } from '../../gen/ts/streamlib/v1/link_pb.ts';
import type { Processor } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import { inputPort, outputPort } from '../../server/runtime/ids.ts';
import type { JsonObject } from '../../server/runtime/json.ts';
import type { LinkRequest } from '../../server/runtime/operations.ts';
import type { StreamRuntime } from '../../server/runtime/stream-runtime.ts';
import type { StreamRuntimeOptions } from '../../server/runtime/stream-runtime-options.ts';
import { TRANSPORTS, type Transport, wordOf } from '../../server/runtime/vocabulary.ts';
import { createBenchRuntime } from './bench-runtime.ts';
import { collectReports } from './reports.ts';

/** A graph whose sources end by themselves. */
export interface FiniteGraph {
  readonly processors: readonly BenchProcessor[];
  /** Each is called `<from>-<to>`. */
  readonly links: readonly BenchLink[];
  /** The processors that publish a report when they are torn down. */
  readonly reporters: readonly string[];
}

/** A processor in a lane of the given name. */
export interface BenchProcessor {
  readonly id: string;
  readonly type: string;
  readonly lane: string;
  readonly config?: JsonObject;
}

/** A link between two processors, and how it is to be wired. */
export interface BenchLink extends Pick<LinkRequest, 'capacityFrames' | 'delivery'> {
  readonly from: readonly [processorId: string, port: string];
  readonly to: readonly [processorId: string, port: string];
  readonly transport: Transport;
}

/** What was there when everything had ended. */
export interface EndedRun {
  readonly reports: ReadonlyMap<string, JsonObject>;
  readonly links: readonly Link[];
  processor(id: string): Promise<Processor>;
}

/**
 * Runs a graph until all of it has ended and hands what it left to `look`, before the runtime is closed. Every lane
 * has high priority, so that the measured ones are not disturbed more than the thread that measures.
 */
export async function runToEnd<Result>(
  graph: FiniteGraph,
  look: (run: EndedRun) => Result | Promise<Result>,
  options?: StreamRuntimeOptions,
): Promise<Result> {
  await using bench = await createBenchRuntime(options);
  const { runtime } = bench;
  using reports = collectReports(runtime);
  await addToGraph(runtime, graph);
  const ended = runtime.ended();
  await runtime.start();
  for (const { from, to, transport } of graph.links) {
    const link = await runtime.getLink(linkIdOf(from, to));
    assert.equal(wordOf(TRANSPORTS, link.transport), transport, `transport of ${link.linkId}`);
  }
  await ended;
  return await look({
    reports: await reports.of(graph.reporters),
    links: await runtime.listLinks(),
    processor: (id) => runtime.getProcessor(id),
  });
}

/** Adds the processors and links of a graph. */
export async function addToGraph(
  runtime: StreamRuntime,
  { processors, links }: Pick<FiniteGraph, 'processors' | 'links'>,
): Promise<void> {
  for (const { id, type, lane, config } of processors)
    await runtime.addProcessor({
      id,
      type,
      ...(config && { config }),
      placement: { lane, priority: 'high' },
    });
  for (const { from, to, capacityFrames, delivery } of links) {
    const request = {
      id: linkIdOf(from, to),
      ...(capacityFrames && { capacityFrames }),
      ...(delivery && { delivery }),
    };
    await runtime.connect(outputPort(...from), inputPort(...to), request);
  }
}

const linkIdOf = ([from]: readonly [string, string], [to]: readonly [string, string]): string =>
  `${from}-${to}`;
