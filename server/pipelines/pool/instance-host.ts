import type { StreamlibError } from '../../runtime/errors.ts';
import type { PipelineOutputValue } from '../instance/data-frame-value.ts';
import type { ExecutionInput } from '../instance/pipeline-instance.ts';

/** What came of running one frame. */
export type InstanceOutcome =
  | { readonly outputs: readonly PipelineOutputValue[]; readonly error?: never }
  | { readonly error: StreamlibError };

/** Who has the instances of a pool: this thread, or a lane. */
export interface InstanceHost {
  readonly idle: number;
  readonly instancesCreated: number;
  /** Whether executions can be begun now; `onReady` is called when they can again. */
  readonly isReady: boolean;
  onReady: () => void;
  /**
   * Runs one frame on an instance that nobody uses. `onOutcome` is called once; the promise resolves, and never rejects,
   * when the instance is ready for another frame. It can be told that nobody waits any more.
   */
  run(
    executionId: string,
    input: ExecutionInput,
    onOutcome: (outcome: InstanceOutcome) => void,
  ): Promise<void>;
  /** Nobody waits for an execution any more: what of it can be stopped is stopped. */
  abandon(executionId: string): void;
  /** Ends every instance. */
  close(): Promise<void>;
}
