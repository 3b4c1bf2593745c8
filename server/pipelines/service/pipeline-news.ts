import type { PipelineEntry } from './pipeline-entry.ts';
import type { PipelineState } from './pipeline-state.ts';

/** What became of a pipeline. */
export type PipelineNews =
  | { readonly news: 'created'; readonly entry: PipelineEntry }
  | { readonly news: 'updated'; readonly entry: PipelineEntry; readonly fields: readonly string[] }
  | { readonly news: 'removed'; readonly entry: PipelineEntry }
  | {
      readonly news: 'state';
      readonly entry: PipelineEntry;
      readonly from: PipelineState;
      readonly to: PipelineState;
    };
