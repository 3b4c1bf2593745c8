import { readFile } from 'node:fs/promises';
import { LineCounter, parseDocument } from 'yaml';
import { StreamlibError } from '../runtime/errors.ts';
import { type InputPortRef, inputPort, type OutputPortRef, outputPort } from '../runtime/ids.ts';
import type { LinkRequest, ProcessorRequest, RuntimeOperations } from '../runtime/operations.ts';
import { type FileLink, type FileProcessor, faultsOf, type GraphFileContent } from './check-graph-file.ts';
import { type FilePath, FilePlaces, parsePath } from './file-places.ts';

/** A graph as a file holds it. */
export interface GraphFile {
  readonly processors: readonly ProcessorRequest[];
  readonly links: readonly GraphFileLink[];
  readonly places: FilePlaces;
}

/** One link of a graph file. */
export interface GraphFileLink {
  readonly from: OutputPortRef;
  readonly to: InputPortRef;
  readonly request: LinkRequest;
}

const FILE_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'is a folder, not a file',
  EACCES: 'may not be read',
};

/** What the API calls the fields of a graph file. */
const FIELDS: Readonly<Record<string, string>> = {
  processor_id: 'id',
  processor_type: 'type',
  link_id: 'id',
  from_processor: 'from',
  from_port: 'from',
  to_processor: 'to',
  to_port: 'to',
};

/** Reads a YAML or JSON graph file. Throws GRAPH_FILE_INVALID naming file, line, path and value of every fault. */
export async function readGraphFile(file: string): Promise<GraphFile> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw invalid(file, `${file}: ${FILE_ERRORS[code] ?? message}`, error);
  }
  return parseGraphFile(text, file);
}

/** The same from a text; `file` is what errors call it. */
export function parseGraphFile(text: string, file: string): GraphFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const places = new FilePlaces(file, document, lines);

  const syntaxFaults = document.errors.map(({ pos, message }) => `${places.at(pos[0])}: ${message}`);
  if (syntaxFaults.length > 0) throw invalid(file, syntaxFaults.join('\n'));
  let content: unknown;
  try {
    content = document.toJS() ?? {};
  } catch (error) {
    throw invalid(file, `${file}: ${(error as Error).message}`, error);
  }
  const faults = faultsOf(content);
  if (faults.length > 0) {
    const texts = faults.map(({ path, message }) => `${places.describe(path)}: ${message}`);
    throw invalid(file, [...new Set(texts)].join('\n'));
  }
  const { processors = [], links = [] } = content as GraphFileContent;
  return {
    processors: processors.map(processorRequest),
    links: links.map((link, i) => parseLink(link, ['links', i], places)),
    places,
  };
}

/**
 * Adds everything in a file to a runtime, in order. Throws the first refusal with its place in the file; what came
 * before it stays.
 */
export async function addGraphFile(runtime: RuntimeOperations, graph: GraphFile): Promise<void> {
  for (const [i, processor] of graph.processors.entries()) {
    await placed(graph.places, ['processors', i], runtime.addProcessor(processor));
  }
  for (const [i, { from, to, request }] of graph.links.entries()) {
    await placed(graph.places, ['links', i], runtime.connect(from, to, request));
  }
}

async function placed(places: FilePlaces, part: FilePath, answer: Promise<unknown>): Promise<void> {
  try {
    await answer;
  } catch (error) {
    const { code, path, details, faults, message } = StreamlibError.from(error);
    const found = faults.length > 0 ? faults : [{ path, message }];
    const texts = found.map((fault) => {
      const [field, ...rest] = parsePath(fault.path);
      const inside = field === undefined ? [] : [FIELDS[field] ?? field, ...rest];
      return `${places.describe([...part, ...inside])}: ${fault.message}`;
    });
    const options = { path, details: { ...details, file: places.file }, cause: error };
    throw new StreamlibError(code, texts.join('\n'), options);
  }
}

const processorRequest = ({ display_name: displayName, ...rest }: FileProcessor): ProcessorRequest => ({
  ...rest,
  displayName,
});

function parseLink(link: FileLink, path: FilePath, places: FilePlaces): GraphFileLink {
  const { id, delivery, capacity_frames: capacityFrames, labels } = link;
  const request = { id, delivery, capacityFrames, labels };
  return { from: end('from', outputPort), to: end('to', inputPort), request };

  function end<Ref>(field: 'from' | 'to', refer: (id: string, port: string) => Ref): Ref {
    const text = link[field];
    const dot = text.lastIndexOf('.');
    const where = places.describe([...path, field]);
    if (dot <= 0) {
      throw invalid(places.file, `${where}: must be "processor.port", was ${JSON.stringify(text)}`);
    }
    try {
      return refer(text.slice(0, dot), text.slice(dot + 1));
    } catch (error) {
      throw invalid(places.file, `${where}: ${(error as Error).message}`, error);
    }
  }
}

const invalid = (file: string, message: string, cause?: unknown) =>
  new StreamlibError('GRAPH_FILE_INVALID', message, { details: { file }, cause });
