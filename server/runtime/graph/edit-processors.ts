import { type ErrorReason, StreamlibError } from '../errors.ts';
import type { LinkId, ProcessorId } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { type ApplyContext, assertOwned, processorIn, typeIn } from './apply-context.ts';
import { acceptedConfig, assertPresentVersion, currentConfig } from './configure-processor.ts';
import { linkIdsOf } from './graph.ts';
import type { GraphDraft } from './graph-draft.ts';
import type { ReplaceProcessorEdit, UpdateProcessorEdit } from './graph-edit.ts';
import { mergePatch, sameJson } from './json-values.ts';
import { linkFault } from './link-fault.ts';
import { assertDisplayName, assertIdOfOwner, assertLabels, assertPlacement } from './spec-limits.ts';
import type { ProcessorSpec } from './specs.ts';
import { assertSupervision } from './supervision-limits.ts';
import type { CatalogType } from './type-catalog.ts';

/** Adds a processor to the draft or throws what is wrong with it. */
export function addProcessor(draft: GraphDraft, spec: ProcessorSpec, context: ApplyContext): void {
  const { processorId } = spec;
  if (draft.processors.has(processorId)) {
    const message = `processor_id must be new, was "${processorId}", which is taken`;
    throw new StreamlibError('ID_TAKEN', message, {
      path: 'processor_id',
      details: { processor_id: processorId },
    });
  }
  assertOwned(spec, context);
  assertIdOfOwner(processorId, spec.owner, 'processor_id');
  assertDisplayName(spec.displayName);
  assertLabels(spec.labels);
  assertPlacement(spec.placement);
  const type = typeIn(context, spec.processorType);
  assertSupervision(spec.supervision, type);
  const config = acceptedConfig(type, spec.config, spec.typeVersion);
  draft.putProcessor({ ...spec, config, typeVersion: type.version });
}

/** Removes a processor and its links from the draft. */
export function removeProcessor(draft: GraphDraft, id: ProcessorId, context: ApplyContext): void {
  assertOwned(processorIn(draft, id), context);
  draft.removeProcessor(id);
}

/** Changes what the edit has; what it does not change keeps its objects. */
export function updateProcessor(draft: GraphDraft, edit: UpdateProcessorEdit, context: ApplyContext): void {
  const spec = ownProcessor(draft, edit.processorId, context);
  const { displayName = spec.displayName, placement = spec.placement, labels = spec.labels } = edit;
  const { supervision = spec.supervision } = edit;
  assertDisplayName(displayName);
  assertPlacement(placement);
  assertLabels(labels);
  if (edit.supervision !== undefined)
    assertSupervision(edit.supervision, typeIn(context, spec.processorType));
  draft.putProcessor({
    ...spec,
    displayName,
    placement,
    supervision,
    labels,
    ...updatedConfig(spec, edit, context),
  });
}

/** Puts another type in a processor's place, with those of its links that the type can have. */
export function replaceProcessor(draft: GraphDraft, edit: ReplaceProcessorEdit, context: ApplyContext): void {
  const { processorId, processorType } = edit;
  const spec = ownProcessor(draft, processorId, context);
  const type = typeIn(context, processorType);
  draft.putProcessor({
    ...spec,
    processorType,
    typeVersion: type.version,
    config: replacedConfig(type, spec, edit),
  });

  removeMisfits(draft, processorId, context);
}

/** Removes the links that do not fit any more; of those that crowd an input, all but the one with the lowest id. */
function removeMisfits(draft: GraphDraft, id: ProcessorId, context: ApplyContext): void {
  const faultOf = (linkId: LinkId): ErrorReason | undefined => {
    const link = draft.links.get(linkId);
    return link && linkFault(draft, link, context)?.code;
  };
  for (const linkId of [...linkIdsOf(draft, id)]) {
    const fault = faultOf(linkId);
    // The far end may be of a type that this server does not know: nothing speaks against that link.
    if (fault === undefined || fault === 'PROCESSOR_TYPE_UNKNOWN' || fault === 'INPUT_TAKEN') continue;
    draft.removeLink(linkId);
  }
  for (const linkId of [...linkIdsOf(draft, id)].reverse()) {
    if (faultOf(linkId) === 'INPUT_TAKEN') draft.removeLink(linkId);
  }
}

function replacedConfig(type: CatalogType, spec: ProcessorSpec, edit: ReplaceProcessorEdit): JsonObject {
  const { config, typeVersion = 0 } = edit;
  if (config !== undefined) return acceptedConfig(type, config, typeVersion);
  assertPresentVersion(type, typeVersion);
  // A version is one of a type's own configs: that of another type says nothing about this one.
  return acceptedConfig(type, spec.config, type.name === spec.processorType ? spec.typeVersion : 0);
}

/** Sets whether the processor is called. */
export function setPaused(draft: GraphDraft, id: ProcessorId, paused: boolean, context: ApplyContext): void {
  draft.putProcessor({ ...ownProcessor(draft, id, context), paused });
}

function ownProcessor(draft: GraphDraft, id: ProcessorId, context: ApplyContext): ProcessorSpec {
  const spec = processorIn(draft, id);
  assertOwned(spec, context);
  return spec;
}

function updatedConfig(
  spec: ProcessorSpec,
  edit: UpdateProcessorEdit,
  context: ApplyContext,
): Pick<ProcessorSpec, 'config' | 'typeVersion'> {
  const { config, typeVersion } = spec;
  if (edit.config === undefined) {
    if (!edit.replaceConfig) return { config, typeVersion };
    throw new StreamlibError('FIELD_INVALID', 'replace_config needs a config, was true without one', {
      path: 'replace_config',
    });
  }
  const type = typeIn(context, spec.processorType);
  const wanted = edit.replaceConfig
    ? acceptedConfig(type, edit.config)
    : acceptedConfig(type, mergePatch(currentConfig(type, config, typeVersion), edit.config));
  return { config: sameJson(wanted, config) ? config : wanted, typeVersion: type.version };
}
