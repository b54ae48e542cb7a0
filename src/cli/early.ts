import { nameOf, type Node } from "./scopes.ts";

/** Text that is put in at a position, and behind a part when all that is put around that is there. */
export interface Noted {
  readonly before?: { readonly at: number; readonly text: string };
  readonly behind?: { readonly part: Node; readonly text: string };
  /** What the function has to do at its beginning. */
  readonly atBegin: string;
}

/**
 * Where a function can work something out as soon as it is called, and not when it begins, as a generator does much later:
 * among its parameters, behind the others. `note` is a property of a pattern that takes no argument: `key:name=value`, with
 * a key that no list has. The function has as many parameters as before.
 */
export function notedEarly(code: string, node: Node, note: string): Noted {
  const params = node["params"] as Node[];
  const last = params.at(-1);
  if (last?.type === "RestElement") return inRest(last["argument"] as Node, note);
  if (last) return { behind: { part: last, text: `,...{${note}}` }, atBegin: "" };
  const open = code.indexOf("(", (node["id"] as Node | null)?.end ?? node.start);
  return { before: { at: open + 1, text: `...{${note}}` }, atBegin: "" };
}

/** No parameter may come behind the rest, but the rest may be a pattern. */
function inRest(rest: Node, note: string): Noted {
  if (rest.type === "ObjectPattern") return { before: { at: rest.start + 1, text: `${note},` }, atBegin: "" };
  if (rest.type === "Identifier") {
    const name = nameOf(rest);
    // A pattern of an object cannot have the list itself, but what is in it.
    return {
      before: { at: rest.start, text: `{${note},...` },
      behind: { part: rest, text: "}" },
      atBegin: `${name}=Object.values(${name});`,
    };
  }
  const last = (rest["elements"] as (Node | null)[]).at(-1);
  if (last?.type === "RestElement") return inRest(last["argument"] as Node, note);
  if (last) return { behind: { part: last, text: `,...{${note}}` }, atBegin: "" };
  return { before: { at: rest.end - 1, text: `,...{${note}}` }, atBegin: "" };
}
