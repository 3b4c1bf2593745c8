export { type Applied, apply, assertRevision } from './apply.ts';
export type { ApplyContext } from './apply-context.ts';
export { buildGraph, type GraphContent } from './build-graph.ts';
export { changesBetween, diff } from './diff.ts';
export { differingOwners } from './differing-owners.ts';
export { portsConnect } from './frame-types.ts';
export {
  allLinks,
  allProcessors,
  emptyGraph,
  type Graph,
  getLink,
  getProcessor,
  inLinkOrder,
  linkIdsOf,
  ownerRevision,
  processorsInLinkOrder,
} from './graph.ts';
export type {
  Change,
  GraphEdit,
  LinkChange,
  ProcessorChange,
  ReplaceProcessorEdit,
  UpdateLinkEdit,
  UpdateProcessorEdit,
} from './graph-edit.ts';
export { prefixing, withPathPrefix } from './path-prefix.ts';
export { DEDICATED_LANE_PREFIX } from './spec-limits.ts';
export {
  DEFAULT_PLACEMENT,
  type Labels,
  type LinkSpec,
  type PlacementSpec,
  type ProcessorSpec,
  type RestartSpec,
  type SupervisionSpec,
} from './specs.ts';
export { editsToTarget, type GraphTarget, partOf, type TargetLink } from './target.ts';
export type { CatalogPort, CatalogType, ConfigFault, TypeCatalog } from './type-catalog.ts';
export { type GraphFault, validate } from './validate.ts';
