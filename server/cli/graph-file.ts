import { readFile } from 'node:fs/promises';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { type Document, isMap, isNode, isPair, LineCounter, parseDocument } from 'yaml';
import { StreamlibError } from '../runtime/errors.ts';
import type { InputPortRef, OutputPortRef } from '../runtime/ids.ts';
import { inputPort, outputPort } from '../runtime/ids.ts';
import type { LinkRequest, ProcessorRequest, RuntimeOperations } from '../runtime/operations.ts';
import { graphFileSchema } from './graph-file-schema.ts';

/** A graph as a file holds it. */
export interface GraphFile {
  readonly processors: readonly ProcessorRequest[];
  readonly links: readonly GraphFileLink[];
  /** Where in the file something stands, for errors: `graph.yaml:12:5 (processors[2].config)`. */
  readonly placeOf: (path: readonly (string | number)[]) => string;
}

/** One link of a graph file. */
export interface GraphFileLink {
  readonly from: OutputPortRef;
  readonly to: InputPortRef;
  readonly request: LinkRequest;
}

interface RawProcessor extends Omit<ProcessorRequest, 'displayName'> {
  readonly display_name?: string;
}

interface RawLink {
  readonly id?: string;
  readonly from: string;
  readonly to: string;
  readonly delivery?: LinkRequest['delivery'];
  readonly capacity_frames?: number;
  readonly labels?: Record<string, string>;
}

const validate = new Ajv2020({ allErrors: true, strict: true }).compile<{
  processors?: RawProcessor[];
  links?: RawLink[];
}>(graphFileSchema);

/** Reads a YAML or JSON graph file. Throws GRAPH_FILE_INVALID naming file, line, path and value. */
export async function readGraphFile(file: string): Promise<GraphFile> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new StreamlibError('GRAPH_FILE_INVALID', `${file}: ${(error as Error).message}`, { cause: error });
  }
  return parseGraphFile(text, file);
}

/** The same from a text; `file` is what errors call it. */
export function parseGraphFile(text: string, file: string): GraphFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const placeOf = (path: readonly (string | number)[]) => describePlace(document, lines, file, path);

  const [syntaxError] = document.errors;
  if (syntaxError !== undefined) {
    const { line, col } = lines.linePos(syntaxError.pos[0]);
    throw invalid(`${file}:${line}:${col}: ${syntaxError.message}`);
  }
  const content: unknown = document.toJS() ?? {};
  if (!validate(content)) {
    const faults = describeSchemaErrors(validate.errors ?? [], placeOf);
    throw invalid(faults.join('\n'));
  }
  const links = (content.links ?? []).map((link, i) => parseLink(link, ['links', i], placeOf));
  const processors = (content.processors ?? []).map(({ display_name, ...rest }) => ({
    ...rest,
    displayName: display_name,
  }));
  return { processors, links, placeOf };
}

/**
 * Adds everything in a file to a runtime, in order. Throws the first refusal with its place in the file; what came
 * before it stays.
 */
export async function addGraphFile(runtime: RuntimeOperations, graph: GraphFile): Promise<void> {
  for (const [i, processor] of graph.processors.entries()) {
    await placed(graph, ['processors', i], runtime.addProcessor(processor));
  }
  for (const [i, { from, to, request }] of graph.links.entries()) {
    await placed(graph, ['links', i], runtime.connect(from, to, request));
  }
}

async function placed(graph: GraphFile, path: (string | number)[], answer: Promise<unknown>): Promise<void> {
  try {
    await answer;
  } catch (error) {
    const refusal = StreamlibError.from(error);
    const inside = refusal.path.startsWith('config.') ? refusal.path.split('.') : [];
    throw new StreamlibError(
      refusal.code,
      `${graph.placeOf([...path, ...inside])}: ${refusal.message}`,
      refusal,
    );
  }
}

function parseLink(link: RawLink, path: (string | number)[], placeOf: GraphFile['placeOf']): GraphFileLink {
  const { id, delivery, capacity_frames: capacityFrames, labels } = link;
  const request = { id, delivery, capacityFrames, labels };
  return { from: port('from', outputPort), to: port('to', inputPort), request };

  function port<Ref>(field: 'from' | 'to', parse: (id: string, name: string) => Ref): Ref {
    const text = link[field];
    const dot = text.lastIndexOf('.');
    try {
      if (dot > 0) return parse(text.slice(0, dot), text.slice(dot + 1));
    } catch (error) {
      throw invalid(`${placeOf([...path, field])}: ${(error as Error).message}`);
    }
    throw invalid(`${placeOf([...path, field])}: must be "processor.port", was ${JSON.stringify(text)}`);
  }
}

function describeSchemaErrors(errors: readonly ErrorObject[], placeOf: GraphFile['placeOf']): string[] {
  return errors.map(({ instancePath, message, params, keyword }) => {
    const path = instancePath
      .split('/')
      .slice(1)
      .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
    if (keyword === 'additionalProperties') {
      const name = String(params.additionalProperty);
      return `${placeOf([...path, name])}: unknown field ${JSON.stringify(name)}`;
    }
    const allowed = keyword === 'enum' ? `: ${(params.allowedValues as string[]).join(', ')}` : '';
    return `${placeOf(path)}: ${message}${allowed}`;
  });
}

function describePlace(
  document: Document,
  lines: LineCounter,
  file: string,
  path: readonly (string | number)[],
): string {
  const { line, col } = lines.linePos(offsetOf(document, path));
  return `${file}:${line}:${col} (${formatPath(path)})`;
}

/** Where a path begins in the text; where it is not there, its nearest parent that is. */
function offsetOf(document: Document, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length--) {
    const parent: unknown =
      length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isPair(item) && String(item.key) === String(key));
      if (pair !== undefined && isNode(pair.key) && pair.key.range) return pair.key.range[0];
    }
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function formatPath(path: readonly (string | number)[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  return text.startsWith('.') ? text.slice(1) : text || 'the file';
}

const invalid = (message: string) => new StreamlibError('GRAPH_FILE_INVALID', message);
