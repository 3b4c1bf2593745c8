import { StreamlibError } from '../runtime/index.ts';
import { type FilePath, formatPath, parsePath } from './file-places.ts';
import type { GraphFile } from './parse-graph-file.ts';

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

/** `target.processors[2].` or `commands[3].`, and the path behind it. */
const PLACE = /^(?:target\.(processors|links)|commands)\[(\d+)\](?:\.(.*))?$/s;

/**
 * What a runtime refused of a graph file that it got as a target, or as commands in the order of the file, told with
 * file, line and path. A refusal that is about no part of the file stays as it is.
 */
export function placeRefusal(error: unknown, graph: GraphFile): unknown {
  if (!(error instanceof StreamlibError)) return error;
  const { code, path, details, faults, message } = error;
  const found = faults.length > 0 ? faults : [{ path, message }];
  const placed = found.flatMap((fault) => {
    const at = pathInFile(fault.path, graph);
    if (at === undefined) return [];
    const text = fault.message.replace(/^(target\.(processors|links)|commands)\[\d+\]\./, '');
    return [{ path: formatPath(at), message: `${graph.places.describe(at)}: ${text}` }];
  });
  const [first] = placed;
  if (first === undefined) return error;
  return new StreamlibError(code, placed.map((fault) => fault.message).join('\n'), {
    path: first.path,
    details: { ...details, file: graph.places.file },
    faults: placed,
    cause: error,
  });
}

function pathInFile(path: string, graph: GraphFile): FilePath | undefined {
  const match = PLACE.exec(path);
  if (match === null) return undefined;
  const [, list, digits, inside = ''] = match;
  const index = Number(digits);
  const count = graph.processors.length;
  const part: FilePath =
    list !== undefined ? [list, index] : index < count ? ['processors', index] : ['links', index - count];
  const [field, ...rest] = parsePath(inside);
  return field === undefined ? part : [...part, FIELDS[field] ?? field, ...rest];
}
