import type {
  DataFrameValue,
  PipelineOutputValue,
} from '../../server/pipelines/instance/data-frame-value.ts';
import { BUILT_IN_REGISTRIES } from '../../server/registries.ts';
import { ProcessorRegistry } from '../../server/runtime/registry/index.ts';

/** The list of the tests' own nodes, as lanes load it. */
export const PIPELINE_NODES = new URL('./pipeline-nodes.ts', import.meta.url).href;

let types: Promise<ProcessorRegistry> | undefined;

/** Every type that pipelines of tests are made of. */
export function pipelineTypes(): Promise<ProcessorRegistry> {
  types ??= ProcessorRegistry.load([...BUILT_IN_REGISTRIES, PIPELINE_NODES]);
  return types;
}

/** A frame with one channel. */
export const frameWith = (sequenceId: number, ...values: number[]): DataFrameValue => ({
  timestampUs: 1_000_000 + sequenceId,
  sequenceId,
  payload: { value: values },
});

/** Outputs as `node.port sequence: channel=values`. */
export const textsOf = (outputs: readonly PipelineOutputValue[]): string[] =>
  outputs.map(({ nodeId, port, frame }) => {
    const channels = Object.entries(frame.payload).map(([name, values]) => `${name}=${Array.from(values)}`);
    return `${nodeId}.${port} ${frame.sequenceId}: ${channels.join(' ')}`;
  });
