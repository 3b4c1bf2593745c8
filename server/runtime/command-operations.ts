import type { Graph } from '../../gen/ts/streamlib/v1/graph_pb.ts';
import type { Link } from '../../gen/ts/streamlib/v1/link_pb.ts';
import type { Processor } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import type { GetPlanResponse, RuntimeState } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import type { CommandCase, CommandInit, CommandOptions, ResultOf } from './commands.ts';
import { secondsAndNanos } from './commands.ts';
import type { InputPortRef, LinkId, OutputPortRef, ProcessorId } from './ids.ts';
import type {
  ApplyRequest,
  LinkChange,
  LinkRequest,
  Outcome,
  ProcessorChange,
  ProcessorRequest,
  ReplanRequest,
  RollbackRequest,
  RuntimeOperations,
  StopOptions,
} from './operations.ts';
import {
  editMessageOf,
  linkChangeMessageOf,
  linkMessageOf,
  processorChangeMessageOf,
  processorMessageOf,
  targetMessageOf,
} from './request-messages.ts';

const LARGEST_PAGE = 10_000;

/**
 * The operations over a way to send commands, which is the only thing in which their two implementations differ.
 */
export abstract class CommandOperations implements RuntimeOperations {
  /** Brings a command to the runtime loop; resolves with the value of its result, or rejects with a StreamlibError. */
  protected abstract send(command: CommandInit, options: CommandOptions): Promise<unknown>;

  execute<C extends CommandCase>(
    command: Extract<CommandInit, { case: C }>,
    options: CommandOptions = {},
  ): Promise<ResultOf<C>> {
    // The answer's member belongs to the command's: RESULT_OF holds them together where results are unpacked.
    return this.send(command, options) as Promise<ResultOf<C>>;
  }

  async addProcessor(request: ProcessorRequest, options?: CommandOptions) {
    const processor = processorMessageOf(request);
    const result = await this.execute({ case: 'addProcessor', value: { processor } }, options);
    return {
      ...outcomeOf(result.outcome),
      processorId: result.processorId as ProcessorId,
      processor: result.processor as Processor,
    };
  }

  async removeProcessor(processorId: string, options?: CommandOptions) {
    return outcomeOf(
      (await this.execute({ case: 'removeProcessor', value: { processorId } }, options)).outcome,
    );
  }

  async updateProcessor(processorId: string, change: ProcessorChange, options?: CommandOptions) {
    const value = processorChangeMessageOf(processorId, change);
    const result = await this.execute({ case: 'updateProcessor', value }, options);
    return { ...outcomeOf(result.outcome), processor: result.processor as Processor };
  }

  async pauseProcessor(processorId: string, options?: CommandOptions) {
    return outcomeOf(
      (await this.execute({ case: 'pauseProcessor', value: { processorId } }, options)).outcome,
    );
  }

  async resumeProcessor(processorId: string, options?: CommandOptions) {
    return outcomeOf(
      (await this.execute({ case: 'resumeProcessor', value: { processorId } }, options)).outcome,
    );
  }

  async restartProcessor(processorId: string, options?: CommandOptions) {
    return outcomeOf(
      (await this.execute({ case: 'restartProcessor', value: { processorId } }, options)).outcome,
    );
  }

  async connect(from: OutputPortRef, to: InputPortRef, request: LinkRequest = {}, options?: CommandOptions) {
    const link = linkMessageOf(from, to, request);
    const result = await this.execute({ case: 'connect', value: { link } }, options);
    return { ...outcomeOf(result.outcome), linkId: result.linkId as LinkId, link: result.link as Link };
  }

  async updateLink(linkId: string, change: LinkChange, options?: CommandOptions) {
    const value = linkChangeMessageOf(linkId, change);
    const result = await this.execute({ case: 'updateLink', value }, options);
    return { ...outcomeOf(result.outcome), link: result.link as Link };
  }

  async disconnect(linkId: string, options?: CommandOptions) {
    return outcomeOf((await this.execute({ case: 'disconnect', value: { linkId } }, options)).outcome);
  }

  async applyGraph(request: ApplyRequest, options?: CommandOptions) {
    const { dryRun } = request;
    const value =
      'target' in request
        ? { target: targetMessageOf(request.target), dryRun }
        : { edits: request.commands.map(editMessageOf), dryRun };
    return outcomeOf(await this.execute({ case: 'applyGraph', value }, options));
  }

  async rollback({ revision, dryRun = false }: RollbackRequest, options?: CommandOptions) {
    return outcomeOf(await this.execute({ case: 'rollbackGraph', value: { revision, dryRun } }, options));
  }

  getPlan(options?: CommandOptions): Promise<GetPlanResponse> {
    return this.execute({ case: 'getPlan', value: {} }, options);
  }

  async replan({ dryRun = false }: ReplanRequest = {}, options?: CommandOptions) {
    const { moves, outcome } = await this.execute({ case: 'replanGraph', value: { dryRun } }, options);
    return { ...outcomeOf(outcome), moves };
  }

  start(options?: CommandOptions): Promise<RuntimeState> {
    return this.execute({ case: 'start', value: {} }, options);
  }

  stop(options: StopOptions = {}): Promise<RuntimeState> {
    const { drainTimeoutMs: ms, ...rest } = options;
    const drainTimeout = ms === undefined ? undefined : secondsAndNanos(ms);
    return this.execute({ case: 'stop', value: { drainTimeout } }, rest);
  }

  pause(options?: CommandOptions): Promise<RuntimeState> {
    return this.execute({ case: 'pause', value: {} }, options);
  }

  resume(options?: CommandOptions): Promise<RuntimeState> {
    return this.execute({ case: 'resume', value: {} }, options);
  }

  getState(options?: CommandOptions): Promise<RuntimeState> {
    return this.execute({ case: 'getState', value: {} }, options);
  }

  async getProcessor(processorId: string, options?: CommandOptions) {
    return (await this.execute({ case: 'getProcessor', value: { processorId } }, options))
      .processor as Processor;
  }

  async listProcessors(options?: CommandOptions) {
    const all: Processor[] = [];
    for (let pageToken = ''; ; ) {
      const value = { pageSize: LARGEST_PAGE, pageToken };
      const page = await this.execute({ case: 'listProcessors', value }, options);
      all.push(...page.processors);
      pageToken = page.nextPageToken;
      if (pageToken === '') return all;
    }
  }

  async getLink(linkId: string, options?: CommandOptions) {
    return (await this.execute({ case: 'getLink', value: { linkId } }, options)).link as Link;
  }

  async listLinks(options?: CommandOptions) {
    const all: Link[] = [];
    for (let pageToken = ''; ; ) {
      const value = { pageSize: LARGEST_PAGE, pageToken };
      const page = await this.execute({ case: 'listLinks', value }, options);
      all.push(...page.links);
      pageToken = page.nextPageToken;
      if (pageToken === '') return all;
    }
  }

  async getGraph(options?: CommandOptions) {
    return (await this.execute({ case: 'getGraph', value: {} }, options)).graph as Graph;
  }
}

function outcomeOf(outcome: Outcome | undefined): Outcome {
  if (outcome === undefined) throw new TypeError('the answer to an edit has no outcome');
  const { revision, effective, unchanged, impacts, changes } = outcome;
  return { revision, effective, unchanged, impacts, changes };
}
