/** What is drawn of a processor. */
export interface PicturedProcessor {
  readonly processorId: string;
  readonly processorType: string;
  readonly owner: string;
}

/** What is drawn of a link. */
export interface PicturedLink {
  readonly fromProcessor: string;
  readonly fromPort: string;
  readonly toProcessor: string;
  readonly toPort: string;
  readonly delivery: string;
}

/** A graph to be drawn. */
export interface Picture {
  readonly processors: readonly PicturedProcessor[];
  readonly links: readonly PicturedLink[];
}

/** The graph in the DOT language of Graphviz; the parts of an owner are a cluster. */
export function dotPicture({ processors, links }: Picture): string {
  const groups = ownersOf(processors).map(([owner, own], i) => {
    const nodes = own.map(({ processorId, processorType }) => {
      const label = dotText(`${processorId}\n${processorType}`);
      return `  ${dotText(processorId)} [label=${label}];`;
    });
    return owner === ''
      ? nodes
      : [
          `  subgraph cluster_${i} {`,
          `    label=${dotText(owner)};`,
          ...nodes.map((node) => `  ${node}`),
          '  }',
        ];
  });
  const edges = links.map(
    ({ fromProcessor, fromPort, toProcessor, toPort, delivery }) =>
      `  ${dotText(fromProcessor)} -> ${dotText(toProcessor)} [label=${dotText(delivery)}, taillabel=${dotText(fromPort)}, headlabel=${dotText(toPort)}];`,
  );
  return [
    'digraph streamlib {',
    '  rankdir=LR;',
    '  node [shape=box];',
    ...groups.flat(),
    ...edges,
    '}',
    '',
  ].join('\n');
}

/** The graph as a flowchart of Mermaid; the parts of an owner are a subgraph. */
export function mermaidPicture({ processors, links }: Picture): string {
  // NB: ids of processors may be words of Mermaid, as end.
  const names = new Map(processors.map(({ processorId }, i) => [processorId, `p${i}`]));
  const groups = ownersOf(processors).map(([owner, own], i) => {
    const nodes = own.map(
      ({ processorId, processorType }) =>
        `  ${names.get(processorId)}["${mermaidText(processorId)}<br/>${mermaidText(processorType)}"]`,
    );
    return owner === ''
      ? nodes
      : [`  subgraph o${i}["${mermaidText(owner)}"]`, ...nodes.map((node) => `  ${node}`), '  end'];
  });
  const edges = links.map(
    ({ fromProcessor, fromPort, toProcessor, toPort, delivery }) =>
      `  ${names.get(fromProcessor)} -->|"${mermaidText(`${fromPort} to ${toPort}, ${delivery}`)}"| ${names.get(toProcessor)}`,
  );
  return ['flowchart LR', ...groups.flat(), ...edges, ''].join('\n');
}

function ownersOf(processors: readonly PicturedProcessor[]): [owner: string, own: PicturedProcessor[]][] {
  const owners = new Map<string, PicturedProcessor[]>([['', []]]);
  for (const processor of processors) {
    const own = owners.get(processor.owner);
    if (own === undefined) owners.set(processor.owner, [processor]);
    else own.push(processor);
  }
  return [...owners];
}

const dotText = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;

const mermaidText = (text: string): string =>
  text.replace(/[^A-Za-z0-9 ,._/-]/g, (character) => `#${character.codePointAt(0)};`);
