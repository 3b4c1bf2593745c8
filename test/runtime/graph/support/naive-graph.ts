import {
  type GraphEdit,
  type LinkSpec,
  type ProcessorSpec,
  portsConnect,
} from '../../../../server/runtime/graph/index.ts';
import type { Owner } from '../../../../server/runtime/ids.ts';
import type { JsonObject } from '../../../../server/runtime/json.ts';
import { graphTypes } from './graph-types.ts';

/**
 * The graph as one would write it without care for its cost: two maps, and every rule checked on all of it. It says
 * only whether an edit is allowed and what the parts are then.
 */
export class NaiveGraph {
  processors = new Map<string, ProcessorSpec>();
  links = new Map<string, LinkSpec>();

  copy(): NaiveGraph {
    const copy = new NaiveGraph();
    copy.processors = new Map(this.processors);
    copy.links = new Map(this.links);
    return copy;
  }

  /** Answers false, and may be left in any state, if the edit is not allowed. */
  apply(edit: GraphEdit, owner: Owner): boolean {
    switch (edit.kind) {
      case 'add_processor': {
        const { processor } = edit;
        if (this.processors.has(processor.processorId) || processor.owner !== owner) return false;
        return this.#put(processor.processorId, { ...processor, config: clean(processor.config) });
      }
      case 'remove_processor': {
        if (this.#mine(edit.processorId, owner) === undefined) return false;
        this.processors.delete(edit.processorId);
        for (const [id, { from, to }] of this.links) {
          if (from.processorId === edit.processorId || to.processorId === edit.processorId)
            this.links.delete(id);
        }
        return true;
      }
      case 'update_processor': {
        const spec = this.#mine(edit.processorId, owner);
        if (spec === undefined) return false;
        const { displayName = spec.displayName, labels = spec.labels, config = {} } = edit;
        const merged = edit.replaceConfig ? clean(config) : clean({ ...spec.config, ...config });
        return this.#put(edit.processorId, { ...spec, displayName, labels, config: merged });
      }
      case 'replace_processor': {
        const spec = this.#mine(edit.processorId, owner);
        if (spec === undefined) return false;
        const { processorType, config = spec.config } = edit;
        if (!this.#put(edit.processorId, { ...spec, processorType, config: clean(config) })) return false;
        for (const id of [...this.links.keys()]) if (!this.#doPortsFit(id)) this.links.delete(id);
        for (const id of [...this.links.keys()].sort().reverse())
          if (!this.#isLinkRight(id)) this.links.delete(id);
        return true;
      }
      case 'pause_processor':
      case 'resume_processor': {
        const spec = this.#mine(edit.processorId, owner);
        return (
          spec !== undefined &&
          this.#put(edit.processorId, { ...spec, paused: edit.kind === 'pause_processor' })
        );
      }
      case 'connect': {
        const { link } = edit;
        if (this.links.has(link.linkId) || link.owner !== owner || !isCapacity(link.capacityFrames))
          return false;
        this.links.set(link.linkId, link);
        return this.#isLinkRight(link.linkId) && !this.#reaches(link.to.processorId, link.from.processorId);
      }
      case 'disconnect':
        if (this.links.get(edit.linkId)?.owner !== owner) return false;
        return this.links.delete(edit.linkId);
      case 'update_link': {
        const link = this.links.get(edit.linkId);
        if (link?.owner !== owner) return false;
        const given = edit.capacityFrames ?? link.capacityFrames;
        const capacityFrames = given === 'default' ? undefined : given;
        this.links.set(edit.linkId, { ...link, capacityFrames });
        return isCapacity(capacityFrames);
      }
    }
  }

  #mine(id: string, owner: Owner): ProcessorSpec | undefined {
    const spec = this.processors.get(id);
    return spec?.owner === owner ? spec : undefined;
  }

  #put(id: string, spec: ProcessorSpec): boolean {
    const type = graphTypes.get(spec.processorType);
    if (type === undefined || type.validateConfig(spec.config).length > 0) return false;
    this.processors.set(id, { ...spec, typeVersion: type.version });
    return true;
  }

  #isLinkRight(id: string): boolean {
    if (!this.#doPortsFit(id)) return false;
    const { to } = this.links.get(id) as LinkSpec;
    const others = [...this.links.values()].filter(
      (link) => link.linkId !== id && link.to.processorId === to.processorId && link.to.port === to.port,
    );
    return others.length === 0 || this.#portOf(to.processorId, 'inputs', to.port)?.many === true;
  }

  #doPortsFit(id: string): boolean {
    const { from, to } = this.links.get(id) as LinkSpec;
    const output = this.#portOf(from.processorId, 'outputs', from.port);
    const input = this.#portOf(to.processorId, 'inputs', to.port);
    return output !== undefined && input !== undefined && portsConnect(output.frameType, input.frameType);
  }

  #portOf(id: string, side: 'inputs' | 'outputs', port: string) {
    const type = graphTypes.get(this.processors.get(id)?.processorType ?? '');
    return type?.[side].find(({ name }) => name === port);
  }

  #reaches(from: string, to: string): boolean {
    if (from === to) return true;
    return [...this.links.values()].some(
      (link) => link.from.processorId === from && this.#reaches(link.to.processorId, to),
    );
  }
}

const clean = (config: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));

const isCapacity = (frames: number | undefined): boolean =>
  frames === undefined || (frames >= 1 && frames <= 65_536);
