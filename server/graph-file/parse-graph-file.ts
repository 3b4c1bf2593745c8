import { LineCounter, parseDocument } from 'yaml';
import {
  type FieldFault,
  type InputPortRef,
  inputPort,
  type LinkRequest,
  type OutputPortRef,
  outputPort,
  type ProcessorRequest,
  StreamlibError,
} from '../runtime/index.ts';
import { type FileLink, type FileProcessor, faultsOf, type GraphFileContent } from './check-graph-file.ts';
import { type FilePath, FilePlaces, formatPath } from './file-places.ts';
import { supervisionFromFile } from './supervision.ts';

/** A graph as a file holds it. */
export interface GraphFile {
  readonly processors: readonly (ProcessorRequest & { readonly id: string })[];
  readonly links: readonly GraphFileLink[];
  readonly places: FilePlaces;
}

/** One link of a graph file. */
export interface GraphFileLink extends LinkRequest {
  readonly from: OutputPortRef;
  readonly to: InputPortRef;
}

/**
 * Reads a graph from a text in YAML or JSON; `file` is what errors call it. Throws GRAPH_FILE_INVALID naming file,
 * line, path and value of every fault.
 */
export function parseGraphFile(text: string, file: string): GraphFile {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    // What is odd and no error is the writer's business and not one for this process's standard error.
    logLevel: 'error',
  });
  const places = new FilePlaces(file, document, lines);

  const syntaxFaults = document.errors.map(({ pos, message }) => `${places.at(pos[0])}: ${message}`);
  if (syntaxFaults.length > 0) throw invalid(file, syntaxFaults.join('\n'));
  let content: unknown;
  try {
    content = document.toJS() ?? {};
  } catch (error) {
    throw invalid(file, `${file}: ${(error as Error).message}`, [], error);
  }
  // Nothing after this could print or store it.
  if (isEndless(content)) throw invalid(file, `${file}: must have an end, was an alias within what it names`);
  const found = faultsOf(content);
  if (found.length > 0) {
    const faults = found.map(({ path, message }) => faultAt(places, path, message));
    throw invalid(file, [...new Set(faults.map(({ message }) => message))].join('\n'), faults);
  }
  const { processors = [], links = [] } = content as GraphFileContent;
  return {
    processors: processors.map((processor, i) => parseProcessor(processor, ['processors', i], places)),
    links: links.map((link, i) => parseLink(link, ['links', i], places)),
    places,
  };
}

/** Whether a value contains itself. */
function isEndless(content: unknown): boolean {
  try {
    JSON.stringify(content);
    return false;
  } catch {
    return true;
  }
}

function parseProcessor(
  processor: FileProcessor,
  path: FilePath,
  places: FilePlaces,
): GraphFile['processors'][0] {
  const { display_name: displayName, type_version: typeVersion, supervision, ...rest } = processor;
  const request = { ...rest, displayName, ...(typeVersion !== undefined && { typeVersion }) };
  if (supervision === undefined) return request;
  const at = [...path, 'supervision', 'default_frame'];
  return { ...request, supervision: placing(places, at, () => supervisionFromFile(supervision)) };
}

function parseLink(link: FileLink, path: FilePath, places: FilePlaces): GraphFileLink {
  const { id, delivery, capacity_frames: capacityFrames, labels } = link;
  return { from: end('from', outputPort), to: end('to', inputPort), id, delivery, capacityFrames, labels };

  function end<Ref>(field: 'from' | 'to', refer: (id: string, port: string) => Ref): Ref {
    return placing(places, [...path, field], () => {
      const text = link[field];
      const dot = text.lastIndexOf('.');
      if (dot <= 0) throw new TypeError(`must be "processor.port", was ${JSON.stringify(text)}`);
      return refer(text.slice(0, dot), text.slice(dot + 1));
    });
  }
}

/** What the function answers; what it throws is a fault at this place. */
function placing<T>(places: FilePlaces, path: FilePath, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const fault = faultAt(places, path, (error as Error).message);
    throw invalid(places.file, fault.message, [fault], error);
  }
}

const faultAt = (places: FilePlaces, path: FilePath, message: string): FieldFault => ({
  path: formatPath(path),
  message: `${places.describe(path)}: ${message}`,
});

const invalid = (file: string, message: string, faults: readonly FieldFault[] = [], cause?: unknown) =>
  new StreamlibError('GRAPH_FILE_INVALID', message, { details: { file }, faults, cause });
