import type { ServiceImpl } from '@connectrpc/connect';
import type { RuntimeService, RuntimeState } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { placeRefusal } from '../graph-file/index.ts';
import type { RuntimeOperations } from '../runtime/index.ts';
import { outcomeFields } from '../runtime/index.ts';
import { commandOptions, readOptions } from './call-context.ts';
import { graphFileBody, graphFileOf } from './convert/graph-files.ts';

/** The calls about the runtime and its graph as a whole. */
export function createRuntimeService(
  runtime: RuntimeOperations,
): Partial<ServiceImpl<typeof RuntimeService>> {
  return {
    async getRuntimeState(_request, context) {
      const state = await runtime.execute({ case: 'getState', value: {} }, readOptions(context));
      const { status, revision, effectiveRevision, streamId, asOfSequence, startTime, version, frameMemory } =
        state;
      return { status, revision, effectiveRevision, streamId, asOfSequence, startTime, version, frameMemory };
    },
    async startRuntime(request, context) {
      return reached(await runtime.execute({ case: 'start', value: {} }, commandOptions(request, context)));
    },
    async stopRuntime(request, context) {
      const { drainTimeout } = request;
      const command = { case: 'stop', value: { drainTimeout } } as const;
      return reached(await runtime.execute(command, commandOptions(request, context)));
    },
    async pauseRuntime(request, context) {
      return reached(await runtime.execute({ case: 'pause', value: {} }, commandOptions(request, context)));
    },
    async resumeRuntime(request, context) {
      return reached(await runtime.execute({ case: 'resume', value: {} }, commandOptions(request, context)));
    },
    getGraph(request, context) {
      return runtime.execute({ case: 'getGraph', value: request }, readOptions(context));
    },
    listRevisions(request, context) {
      return runtime.execute({ case: 'listRevisions', value: request }, readOptions(context));
    },
    diffRevisions(request, context) {
      return runtime.execute({ case: 'diffRevisions', value: request }, readOptions(context));
    },
    listAuditRecords(request, context) {
      return runtime.execute({ case: 'listAuditRecords', value: request }, readOptions(context));
    },
    getPlan(request, context) {
      return runtime.execute({ case: 'getPlan', value: request }, readOptions(context));
    },
    async applyGraph(request, context) {
      const { commands, target, dryRun } = request;
      const command = { case: 'applyGraph', value: { edits: commands, target, dryRun } } as const;
      return outcomeFields(await runtime.execute(command, commandOptions(request, context)));
    },
    async exportGraph({ revision, owner, format }, context) {
      const command = { case: 'getGraph', value: { revision, owner } } as const;
      const { graph } = await runtime.execute(command, readOptions(context));
      if (graph === undefined) throw new TypeError('the answer to getGraph has no graph');
      return { body: graphFileBody(graph, format) };
    },
    async importGraph(request, context) {
      const { owner, dryRun, keepOthers } = request;
      const file = graphFileOf(request.body);
      const target = { owner, keepOthers, processors: file.processors, links: file.links };
      try {
        const outcome = await runtime.applyGraph({ target, dryRun }, commandOptions(request, context));
        return { ...outcome, impacts: [...outcome.impacts], changes: [...outcome.changes] };
      } catch (error) {
        throw placeRefusal(error, file);
      }
    },
    async rollbackGraph(request, context) {
      const { revision, dryRun, owner } = request;
      const command = { case: 'rollbackGraph', value: { revision, dryRun } } as const;
      const options = { ...commandOptions(request, context), owner };
      return outcomeFields(await runtime.execute(command, options));
    },
    async replanGraph(request, context) {
      const command = { case: 'replanGraph', value: { dryRun: request.dryRun } } as const;
      const { moves, outcome } = await runtime.execute(command, commandOptions(request, context));
      return { moves, ...outcomeFields(outcome) };
    },
  };
}

function reached({ status, revision, effectiveRevision }: RuntimeState) {
  return { status, revision, effective: effectiveRevision === revision };
}
