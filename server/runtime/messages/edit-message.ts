import type { MessageInitShape } from '@bufbuild/protobuf';
import type { GraphEditSchema } from '../../../gen/ts/streamlib/v1/graph_pb.ts';
import type { GraphEdit } from '../graph/index.ts';
import type { JsonObject } from '../json.ts';
import { DELIVERIES, LANE_PRIORITIES, numberOf } from '../vocabulary.ts';
import { linkSpecFields, processorSpecFields } from './spec-messages.ts';
import { supervisionToMessage } from './supervision-message.ts';

type EditInit = MessageInitShape<typeof GraphEditSchema>;

/** How a config is to be shown, by the processor that has it and its type where the edit names one. */
export type ConfigView = (config: JsonObject, processorId: string, processorType?: string) => JsonObject;

/** An edit as the schema has it: the inverse of `editFromCommand`. Configs are as `show` gives them. */
export function editMessage(edit: GraphEdit, show: ConfigView = (config) => config): EditInit {
  switch (edit.kind) {
    case 'add_processor': {
      const { processor } = edit;
      const config = show(processor.config, processor.processorId, processor.processorType);
      return as({ case: 'addProcessor', value: { processor: processorSpecFields(processor, config) } });
    }
    case 'remove_processor':
      return as({ case: 'removeProcessor', value: { processorId: edit.processorId } });
    case 'update_processor': {
      const { processorId, displayName, config, replaceConfig, placement, supervision, labels } = edit;
      const paths = [
        ...(supervision === undefined ? [] : ['supervision']),
        ...(labels === undefined ? [] : ['labels']),
      ];
      return as({
        case: 'updateProcessor',
        value: {
          processorId,
          displayName,
          config: config && show(config, processorId),
          replaceConfig: replaceConfig ?? false,
          placement: placement && {
            lane: placement.lane,
            priority: numberOf(LANE_PRIORITIES, placement.priority),
          },
          supervision: supervision && supervisionToMessage(supervision),
          labels: labels && { ...labels },
          updateMask: paths.length === 0 ? undefined : { paths },
        },
      });
    }
    case 'replace_processor': {
      const { processorId, processorType, typeVersion = 0, config } = edit;
      const shown = config && show(config, processorId, processorType);
      return as({
        case: 'replaceProcessor',
        value: { processorId, processorType, typeVersion, config: shown },
      });
    }
    case 'pause_processor':
      return as({ case: 'pauseProcessor', value: { processorId: edit.processorId } });
    case 'resume_processor':
      return as({ case: 'resumeProcessor', value: { processorId: edit.processorId } });
    case 'connect':
      return as({ case: 'connect', value: { link: linkSpecFields(edit.link) } });
    case 'disconnect':
      return as({ case: 'disconnect', value: { linkId: edit.linkId } });
    case 'update_link': {
      const { linkId, delivery, capacityFrames, labels } = edit;
      return as({
        case: 'updateLink',
        value: {
          linkId,
          delivery: delivery === 'default' ? 0 : delivery && numberOf(DELIVERIES, delivery),
          capacityFrames: capacityFrames === 'default' ? 0 : capacityFrames,
          labels: labels && { ...labels },
          updateMask: labels === undefined ? undefined : { paths: ['labels'] },
        },
      });
    }
  }
}

const as = (edit: NonNullable<EditInit['edit']>): EditInit => ({ edit });
