import { StreamlibError } from '../../runtime/errors.ts';
import { WorkQueue } from '../../runtime/work-queue.ts';
import type { ExecutionInput } from '../instance/pipeline-instance.ts';
import type { InstanceHost, InstanceOutcome } from '../pool/instance-host.ts';
import type { PoolBlueprint, PoolInstances, PoolOrder, PoolReport } from './pool-messages.ts';

interface SentExecution {
  readonly onOutcome: (outcome: InstanceOutcome) => void;
  readonly back: PromiseWithResolvers<void>;
}

const ORDERS_PER_FETCH = 1024;

/** The instances of a pool in their lane, as the runtime's thread sees them. */
export class PoolChannel implements InstanceHost {
  onReady = (): void => {};
  #blueprint: PoolBlueprint | undefined;
  #orders: WorkQueue<PoolOrder> | undefined;
  #instances: PoolInstances = { idle: 0, instancesCreated: 0 };
  /** Made by the lanes before this one. */
  #createdBefore = 0;
  readonly #sent = new Map<string, SentExecution>();

  get isReady(): boolean {
    return this.#orders !== undefined;
  }

  get idle(): number {
    return this.#instances.idle;
  }

  get instancesCreated(): number {
    return this.#createdBefore + this.#instances.instancesCreated;
  }

  /** Has instances made after this from now on. */
  set blueprint(blueprint: PoolBlueprint) {
    this.#blueprint = blueprint;
    this.#orders?.add({ order: 'rebuild', blueprint });
  }

  /** The lane begins, and asks what it is to make. */
  open(): PoolBlueprint {
    if (this.#blueprint === undefined) throw new TypeError('the pool has no pipeline');
    this.lose(new StreamlibError('LANE_LOST', 'the lane of the pool began anew'));
    return this.#blueprint;
  }

  /** The lane can take executions. */
  begin(): void {
    this.#orders = new WorkQueue(ORDERS_PER_FETCH);
    this.onReady();
  }

  /** What the lane is to do next. Nothing where it has been told that it is over. */
  async take(): Promise<readonly PoolOrder[]> {
    return (await this.#orders?.take()) ?? [];
  }

  /** What the lane has done. */
  receive(reports: readonly PoolReport[], instances: PoolInstances): void {
    this.#instances = instances;
    for (const report of reports) {
      const sent = this.#sent.get(report.executionId);
      if (report.report === 'outputs') sent?.onOutcome({ outputs: report.outputs });
      else if (report.report === 'error') sent?.onOutcome({ error: StreamlibError.fromPlain(report.error) });
      else {
        this.#sent.delete(report.executionId);
        sent?.back.resolve();
      }
    }
  }

  /** The lane is gone, and with it every instance. */
  lose(error: StreamlibError): void {
    this.#orders = undefined;
    this.#createdBefore += this.#instances.instancesCreated;
    this.#instances = { idle: 0, instancesCreated: 0 };
    const lost = [...this.#sent.values()];
    this.#sent.clear();
    for (const { onOutcome, back } of lost) {
      onOutcome({ error });
      back.resolve();
    }
  }

  run(
    executionId: string,
    input: ExecutionInput,
    onOutcome: (outcome: InstanceOutcome) => void,
  ): Promise<void> {
    const back = Promise.withResolvers<void>();
    this.#sent.set(executionId, { onOutcome, back });
    this.#orders?.add({ order: 'run', executionId, input });
    return back.promise;
  }

  abandon(executionId: string): void {
    this.#orders?.add({ order: 'abandon', executionId });
  }

  async close(): Promise<void> {
    this.lose(new StreamlibError('CANCELLED', 'the pipeline was removed'));
  }
}
