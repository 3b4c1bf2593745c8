import { vocabulary } from '../../runtime/index.ts';
import type { PipelineFault } from './pipeline-fault.ts';
import { PIPELINE_MODES, type PipelineSpec } from './pipeline-spec.ts';

/** Reports every word of a config that is none of its kind: a schema newer than the server has numbers for more. */
export function checkWords(
  { nodes, connections, settings }: PipelineSpec,
  report: (fault: PipelineFault) => void,
): void {
  const check = (path: string, word: string | undefined, words: readonly string[]): void => {
    const known = words.filter((candidate) => candidate !== 'unspecified');
    if (word === undefined || known.includes(word)) return;
    const message = `${path} must be one of ${known.join(', ')}, was ${word}`;
    report({ path, code: 'FIELD_INVALID', message });
  };
  check('pipeline_config.mode', settings.mode, PIPELINE_MODES);
  for (const [index, { placement }] of nodes.entries())
    check(`nodes[${index}].placement.priority`, placement?.priority, vocabulary.LANE_PRIORITIES);
  for (const [index, { delivery }] of connections.entries())
    check(`connections[${index}].delivery`, delivery, vocabulary.DELIVERIES);
}
