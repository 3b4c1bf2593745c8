import type { HttpBody } from '../../../gen/ts/google/api/httpbody_pb.ts';
import type { Graph } from '../../../gen/ts/streamlib/v1/graph_pb.ts';
import { GraphFormat } from '../../../gen/ts/streamlib/v1/runtime_pb.ts';
import { type GraphFile, parseGraphFile, writeGraphFile } from '../../graph-file/index.ts';
import { StreamlibError } from '../../runtime/index.ts';

/** What errors call the file in a request. */
const FILE = 'body';

/** A graph as the file that the caller wants. */
export function graphFileBody(graph: Graph, format: GraphFormat): Pick<HttpBody, 'contentType' | 'data'> {
  const isJson = format === GraphFormat.JSON;
  const text = writeGraphFile(graph, isJson ? 'json' : 'yaml');
  return { contentType: isJson ? 'application/json' : 'application/yaml', data: Buffer.from(text) };
}

/** The graph in a request's file, of which JSON is a kind of YAML. Throws FIELD_INVALID or GRAPH_FILE_INVALID. */
export function graphFileOf(body: HttpBody | undefined): GraphFile {
  // An empty file stands for an empty graph, so that one which was forgotten must not be taken for one.
  if (body === undefined || body.data.length === 0)
    throw new StreamlibError('FIELD_INVALID', 'body must be a graph file, was empty', { path: FILE });
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body.data);
  } catch (error) {
    const message = 'body must be UTF-8 text, was something else';
    throw new StreamlibError('FIELD_INVALID', message, { path: FILE, cause: error });
  }
  return parseGraphFile(text, FILE);
}
