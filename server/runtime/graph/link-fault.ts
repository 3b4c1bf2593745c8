import { StreamlibError } from '../errors.ts';
import type { PortName, ProcessorId } from '../ids.ts';
import { type ApplyContext, processorIn, typeIn } from './apply-context.ts';
import { portsConnect } from './frame-types.ts';
import { type Graph, incomingEnds } from './graph.ts';
import type { LinkSpec } from './specs.ts';
import type { CatalogPort } from './type-catalog.ts';

type LinkSurroundings = Pick<Graph, 'processors' | 'incoming'>;
type LinkContext = Pick<ApplyContext, 'types'>;

/** Why the two ports of a link cannot be joined: PORT_UNKNOWN, PORT_TYPE_MISMATCH, INPUT_TAKEN, …; or undefined. */
export function linkFault(
  graph: LinkSurroundings,
  link: LinkSpec,
  context: LinkContext,
): StreamlibError | undefined {
  try {
    assertPortsJoin(graph, link, context);
    return undefined;
  } catch (error) {
    if (error instanceof StreamlibError) return error;
    throw error;
  }
}

function assertPortsJoin(
  graph: LinkSurroundings,
  { linkId, from, to }: LinkSpec,
  context: LinkContext,
): void {
  const output = portOf(graph, from.processorId, from.port, 'from', context);
  const input = portOf(graph, to.processorId, to.port, 'to', context);
  if (!portsConnect(output.frameType, input.frameType)) {
    const message =
      `to_port "${to.port}" of "${to.processorId}" takes ${input.frameType}, ` +
      `but from_port "${from.port}" of "${from.processorId}" gives ${output.frameType}`;
    throw new StreamlibError('PORT_TYPE_MISMATCH', message, {
      path: 'to_port',
      details: { from_type: output.frameType, to_type: input.frameType },
    });
  }
  if (input.many) return;
  for (const end of incomingEnds(graph, to.processorId, to.port)) {
    if (end.linkId === linkId) continue;
    const message = `to_port "${to.port}" of "${to.processorId}" takes one link and has "${end.linkId}"`;
    throw new StreamlibError('INPUT_TAKEN', message, { path: 'to_port', details: { link_id: end.linkId } });
  }
}

function portOf(
  graph: LinkSurroundings,
  id: ProcessorId,
  name: PortName,
  side: 'from' | 'to',
  context: LinkContext,
): CatalogPort {
  const processorPath = `${side}_processor`;
  const type = typeIn(context, processorIn(graph, id, processorPath).processorType, processorPath);
  const ports = side === 'from' ? type.outputs : type.inputs;
  const port = ports.find((candidate) => candidate.name === name);
  if (port !== undefined) return port;
  const word = side === 'from' ? 'output' : 'input';
  const names = ports.map((candidate) => candidate.name).join(', ');
  const existing = names === '' ? `it has no ${word}s` : `its ${word}s are ${names}`;
  throw new StreamlibError(
    'PORT_UNKNOWN',
    `${side}_port must be an ${word} of "${id}" (${type.name}), was "${name}"; ${existing}`,
    { path: `${side}_port`, details: { ports: names } },
  );
}
