import { StreamlibError } from '../../runtime/errors.ts';
import type { ExecutionInput, PipelineInstance } from '../instance/pipeline-instance.ts';
import type { InstanceHost, InstanceOutcome } from './instance-host.ts';

/**
 * The instances of a pool on the thread that uses it. An instance is used again if it can go back to the state after its
 * setup; one whose nodes threw, or whose execution was abandoned, is closed.
 */
export class LocalInstanceHost implements InstanceHost {
  readonly isReady = true;
  onReady = (): void => {};
  readonly #create: () => Promise<PipelineInstance>;
  readonly #idle: PipelineInstance[] = [];
  /** By the ids of the executions that they run. */
  readonly #busy = new Map<string, PipelineInstance>();
  readonly #abandoned = new WeakSet<PipelineInstance>();
  /** Executions whose instances are being made, and whether somebody still waits for them. */
  readonly #beginning = new Map<string, 'wanted' | 'abandoned'>();
  #instancesCreated = 0;
  #isClosed = false;

  constructor(create: () => Promise<PipelineInstance>) {
    this.#create = create;
  }

  get idle(): number {
    return this.#idle.length;
  }

  get instancesCreated(): number {
    return this.#instancesCreated;
  }

  /** Makes an instance beforehand. Throws what its setup throws. */
  async warmUp(): Promise<void> {
    this.#idle.push(await this.#createInstance());
  }

  run(
    executionId: string,
    input: ExecutionInput,
    onOutcome: (outcome: InstanceOutcome) => void,
  ): Promise<void> {
    const idle = this.#idle.pop();
    return idle === undefined
      ? this.#runOnNew(executionId, input, onOutcome)
      : this.#runOn(idle, executionId, input, onOutcome);
  }

  abandon(executionId: string): void {
    if (this.#beginning.has(executionId)) this.#beginning.set(executionId, 'abandoned');
    const instance = this.#busy.get(executionId);
    if (instance === undefined) return;
    this.#abandoned.add(instance);
    // Its signal is aborted: what waits inside ends.
    void instance.close();
  }

  /** Makes and keeps no more instances; what runs comes to its end. */
  async retire(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#idle.splice(0).map((instance) => instance.close()));
  }

  async close(): Promise<void> {
    for (const executionId of this.#busy.keys()) this.abandon(executionId);
    await this.retire();
  }

  async #createInstance(): Promise<PipelineInstance> {
    const instance = await this.#create();
    this.#instancesCreated++;
    return instance;
  }

  async #runOnNew(
    executionId: string,
    input: ExecutionInput,
    onOutcome: (outcome: InstanceOutcome) => void,
  ): Promise<void> {
    this.#beginning.set(executionId, 'wanted');
    try {
      const instance = await this.#createInstance();
      if (this.#beginning.get(executionId) === 'wanted')
        await this.#runOn(instance, executionId, input, onOutcome);
      else await this.#takeBack(instance);
    } catch (error) {
      onOutcome({ error: StreamlibError.from(error, 'SETUP_FAILED') });
    } finally {
      this.#beginning.delete(executionId);
    }
  }

  async #runOn(
    instance: PipelineInstance,
    executionId: string,
    input: ExecutionInput,
    onOutcome: (outcome: InstanceOutcome) => void,
  ): Promise<void> {
    this.#busy.set(executionId, instance);
    try {
      const executed = instance.execute(input);
      // NB: nothing is waited for where nothing has to be, which is what most executions consist of.
      onOutcome({ outputs: executed instanceof Promise ? await executed : executed });
    } catch (error) {
      const failure = StreamlibError.from(error, 'PROCESS_FAILED');
      onOutcome({ error: failure });
      // A refusal before the first node has left everything as it was.
      if (failure.code !== 'FIELD_INVALID' || failure.path !== 'node_id') this.#abandoned.add(instance);
    }
    this.#busy.delete(executionId);
    await this.#takeBack(instance);
  }

  async #takeBack(instance: PipelineInstance): Promise<void> {
    if (this.#abandoned.has(instance) || this.#isClosed) {
      await instance.close();
      return;
    }
    try {
      const reset = instance.reset();
      const renewed = typeof reset === 'number' ? reset : await reset;
      if (renewed > 0) this.#instancesCreated++;
      this.#idle.push(instance);
    } catch {
      // It could not be set up once more: the next execution makes another one, and tells what is wrong.
      await instance.close();
    }
  }
}
