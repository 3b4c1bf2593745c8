/** A connection as far as the order depends on it. */
interface Edge {
  readonly from: string;
  readonly to: string;
}

/** The nodes in the order of processing, or the nodes of one cycle, each of which feeds the next. */
export type NodeOrder = { readonly nodes: readonly string[] } | { readonly cycle: readonly string[] };

/** No node comes before one that it reads from; otherwise they stay in the order in which they are given. */
export function orderNodes(ids: readonly string[], edges: readonly Edge[]): NodeOrder {
  const inputsOf = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const { from, to } of edges) inputsOf.get(to)?.push(from);
  const nodes: string[] = [];
  const done = new Set<string>();
  const open: string[] = [];

  // NB: walked with a stack of its own, since a chain may be longer than the call stack is deep.
  for (const start of ids) {
    const stack = [{ id: start, next: 0 }];
    if (done.has(start)) continue;
    open.push(start);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const input = inputsOf.get(top.id)?.[top.next++];
      if (input === undefined) {
        stack.pop();
        open.pop();
        done.add(top.id);
        nodes.push(top.id);
      } else if (open.includes(input)) {
        // `open` leads against the direction of the frames.
        return { cycle: open.slice(open.indexOf(input)).reverse() };
      } else if (!done.has(input)) {
        open.push(input);
        stack.push({ id: input, next: 0 });
      }
    }
  }
  return { nodes };
}
