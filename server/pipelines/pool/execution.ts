import type { PipelineOutputValue } from '../instance/data-frame-value.ts';

/** What an execution gave. */
export interface ExecutionResult {
  readonly executionId: string;
  /** What came out, in order; nothing where a node dropped the frame. */
  readonly outputs: readonly PipelineOutputValue[];
  /** From admission to the start on an instance. */
  readonly waitUs: number;
  readonly runUs: number;
}

/** An execution that was admitted. */
export interface PipelineExecution {
  readonly executionId: string;
  /**
   * Rejects with PROCESS_FAILED or SETUP_FAILED naming the node, with DEADLINE_EXCEEDED, with CANCELLED, or with LANE_LOST
   * where the instance's thread ended.
   */
  readonly result: Promise<ExecutionResult>;
  /** Gives it up: it is not begun if it waits, and what it waits for inside ends if it runs. */
  cancel(): void;
}

/** How an execution is to go. */
export interface ExecuteOptions {
  /** Which of several sources takes the frame. */
  readonly nodeId?: string | undefined;
  /** The longest to wait and run; default and at most the pipeline's `execution_timeout`. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}
