import { GetRuntimeStateResponseSchema } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { RUNTIME_STATUSES, wordOf } from '../runtime/vocabulary.ts';
import { serverOf } from './client.ts';
import { CLIENT_OPTIONS, type CliCommand } from './command.ts';
import { messageJson, printResult } from './output.ts';

/** `streamlib status` */
export const statusCommand: CliCommand = {
  name: 'status',
  operands: '',
  operandCount: [0, 0],
  summary: 'Shows what the runtime of a server is doing.',
  options: CLIENT_OPTIONS,
  async run({ options }) {
    const state = await serverOf(options).runtime.getRuntimeState({});
    const json = messageJson(GetRuntimeStateResponseSchema, state);
    printResult(options, json, [
      ['STATUS', 'REVISION', 'EFFECTIVE', 'VERSION'],
      [
        wordOf(RUNTIME_STATUSES, state.status) ?? '?',
        String(state.revision),
        String(state.effectiveRevision),
        state.version,
      ],
    ]);
    return 0;
  },
};
