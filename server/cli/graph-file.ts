import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { type GraphFile, parseGraphFile, placeRefusal } from '../graph-file/index.ts';
import { StreamlibError } from '../runtime/errors.ts';
import type { GraphCommand, RuntimeOperations } from '../runtime/operations.ts';

const FILE_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'is a folder, not a file',
  EACCES: 'may not be read',
};

/**
 * Reads a YAML or JSON graph file, or standard input where its name is `-`. Throws GRAPH_FILE_INVALID naming file,
 * line, path and value of every fault.
 */
export async function readGraphFile(file: string): Promise<GraphFile> {
  if (file === '-') return parseGraphFile(await textOf(process.stdin), '(standard input)');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const options = { details: { file }, cause: error };
    throw new StreamlibError('GRAPH_FILE_INVALID', `${file}: ${FILE_ERRORS[code] ?? message}`, options);
  }
  return parseGraphFile(text, file);
}

/** Adds everything in a file to a runtime, or nothing. Throws the first refusal with its place in the file. */
export async function addGraphFile(runtime: RuntimeOperations, graph: GraphFile): Promise<void> {
  const commands = [
    ...graph.processors.map((processor): GraphCommand => ({ kind: 'add_processor', ...processor })),
    ...graph.links.map((link): GraphCommand => ({ kind: 'connect', ...link })),
  ];
  if (commands.length === 0) return;
  try {
    // What fails at start-up stays, failed, for somebody to look at.
    await runtime.applyGraph({ commands }, { onFailure: 'keep' });
  } catch (error) {
    throw placeRefusal(error, graph);
  }
}
