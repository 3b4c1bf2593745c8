import type { CatalogType, JsonObject } from '../../runtime/index.ts';

/** A processor type as pipelines need it. */
export interface PipelineType extends CatalogType {
  effectiveConfig(config: JsonObject): JsonObject;
}

/** The processor types that pipelines can be made of. */
export interface PipelineTypes {
  get(typeName: string): PipelineType | undefined;
  nearest(typeName: string): readonly string[];
}

/**
 * The type that a name stands for in a pipeline. Where a type for sound and one for data share a short name, a
 * pipeline means the latter: `Gain` is `DataGain`, `SineGenerator` is `DataSineGenerator`.
 */
export const typeInPipeline = (types: PipelineTypes, name: string): PipelineType | undefined =>
  types.get(`Data${name}`) ?? types.get(name);
