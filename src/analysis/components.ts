/**
 * The strongly connected components of a graph: by node, the number of a node in its component, the same for all of
 * them. `next` says where edges lead.
 */
export const componentsOf = (next: readonly (readonly number[])[]): Int32Array =>
  componentsAmong(next.length, (node, edge) => next[node]![edge]);

/** The same of `count` nodes; `next` says where the edges of a node lead, one by one, and at last nothing. */
export function componentsAmong(count: number, next: (node: number, edge: number) => number | undefined): Int32Array {
  const component = new Int32Array(count);
  /** When a node was met, from 1 on; and the earliest one still open that it leads to. */
  const order = new Int32Array(count);
  const low = new Int32Array(count);
  const isOpen = new Uint8Array(count);
  const open: number[] = [];
  const path: { readonly node: number; child: number }[] = [];
  let met = 0;
  const enter = (node: number): void => {
    order[node] = low[node] = ++met;
    isOpen[node] = 1;
    open.push(node);
    path.push({ node, child: 0 });
  };
  for (let root = 0; root < count; root++) {
    if (order[root] === 0) enter(root);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const { node } = top;
      const child = next(node, top.child++);
      if (child !== undefined) {
        if (order[child] === 0) enter(child);
        else if (isOpen[child] === 1) low[node] = Math.min(low[node]!, order[child]!);
        continue;
      }
      path.pop();
      const parent = path.at(-1)?.node;
      if (parent !== undefined) low[parent] = Math.min(low[parent]!, low[node]!);
      if (low[node] !== order[node]) continue;
      for (const member of open.splice(open.lastIndexOf(node))) {
        isOpen[member] = 0;
        component[member] = node;
      }
    }
  }
  return component;
}
