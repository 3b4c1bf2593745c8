import { ConnectError } from '@connectrpc/connect';
import { BadRequestSchema, ErrorInfoSchema } from '../../gen/ts/google/rpc/error_details_pb.ts';
import { Wait } from '../../gen/ts/streamlib/v1/mutation_pb.ts';
import type { ApplyGraphResponse } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { placeRefusal } from '../graph-file/index.ts';
import { ERROR_REASONS, type ErrorReason, StreamlibError } from '../runtime/errors.ts';
import { targetMessageOf } from '../runtime/request-messages.ts';
import { graphFileOption } from './apply-options.ts';
import { serverOf } from './client.ts';
import type { OptionValues } from './command.ts';
import { readGraphFile } from './graph-file.ts';

/** Has a server apply the file of the options, and wait until it runs. Throws what is wrong with its place in the file. */
export async function applyGraphFile(options: OptionValues, dryRun: boolean): Promise<ApplyGraphResponse> {
  const graph = await readGraphFile(graphFileOption(options));
  const { processors, links } = graph;
  const target = targetMessageOf({ processors, links, keepOthers: options.prune !== true });
  try {
    return await serverOf(options).runtime.applyGraph({ target, dryRun, wait: Wait.EFFECTIVE });
  } catch (error) {
    throw placeRefusal(refusalOf(error), graph);
  }
}

/** The refusal that a server sent, as the runtime threw it; what has no reason stays as it is. */
function refusalOf(error: unknown): unknown {
  if (!(error instanceof ConnectError)) return error;
  const [info] = error.findDetails(ErrorInfoSchema);
  if (info === undefined || !(info.reason in ERROR_REASONS)) return error;
  const violations = error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations);
  return new StreamlibError(info.reason as ErrorReason, error.rawMessage, {
    details: info.metadata,
    faults: violations.map(({ field, description }) => ({ path: field, message: description })),
    cause: error,
  });
}
