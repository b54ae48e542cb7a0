import type { About } from "../model/about.ts";
import { camel, type Drafted } from "./draft.ts";
import type { DraftedPatch } from "./draft-patch.ts";

/** What a drafted file says of its path. */
export interface DraftedAbout {
  readonly fn: string;
  readonly file: string;
  readonly release: string;
  readonly functions: readonly string[];
}

/** A model file with a drafted path, and a scenario that runs it alone. */
export function draftText(drafted: Drafted, about: DraftedAbout, patched?: Patched): string {
  const name = camel(about.fn);
  const { steps } = drafted;
  const locals = { ...patched?.drafted.locals, ...drafted.locals };
  const imports = merged(drafted.imports, patched?.drafted.imports ?? {});
  const body = steps.map(({ label, code }) => `      ${JSON.stringify(label)}: ${code},`);
  const change = patched ? patchText(patched.patch) : "";
  const code = body.join("\n");
  const uses = (word: string): boolean => new RegExp(`\\b${word}\\b`).test(code + change);
  const language = [
    ...["bool", "ref"].filter((word) => Object.values(locals).some((one) => one.startsWith(word))),
    ...["call", "done", "once", "todo"].filter(uses),
    ...(imports["faultline"] ?? []),
    ...(patched ? ["oneOf"] : []),
    "scenario",
  ];
  const others = Object.entries(imports).filter(([module, all]) => module !== "faultline" && all.length > 0);
  const needsMe = uses("Me");
  const types = uses("Kernel") ? ["type Kernel"] : [];
  const world = [
    "kernel",
    "pageMappedBy",
    ...(Object.values(locals).includes("ref(Page)") ? ["Page"] : []),
    ...types,
    "type VmaIndex",
  ];
  const open = steps.filter(({ isOpen }) => isOpen).length;
  return `/**
 * ${about.fn}(), ${about.file}, ${about.release}, as it was drafted: ${steps.length} steps, ${open} of them still to be decided.
 * What each todo() asks is for you to say; what has no part in your question goes into \`omits\`, with the reason.
 */
import { ${[...new Set(language)].toSorted().join(", ")}${needsMe ? ", type Drafts" : ""} } from "faultline";
${others.map(([module, all]) => `import { ${all.join(", ")} } from "${module}";\n`).join("")}import { ${world.join(", ")} } from "faultline/models/kernel/world";

const locals = { ${Object.entries(locals)
    .map(([local, field]) => `${local}: ${field}`)
    .join(", ")} };
${needsMe ? "type Me = Drafts<typeof locals>;\n" : ""}
/** \`i\` is the address space. */
export const ${name} = (${/\bi\b/.test(code) ? "i" : "_i"}: VmaIndex) =>
  kernel.path(
    ${JSON.stringify(about.fn)},
    locals,
    {
${code}
    },
    ${aboutText(drafted, about)},
  );
${
  patched
    ? `
/** The same with ${patched.name}. */
export const ${name}Patched = (i: VmaIndex) =>
  ${name}(i).with(${change});
`
    : ""
}
export default scenario(${JSON.stringify(about.fn.replaceAll("_", "-").replace(/^-+/, ""))}, {
  about: "${about.fn}() alone: give it somebody to race with",
  world: kernel,
  params: {${patched ? ` version: oneOf("before", "after") ` : ""}},
  threads: (${patched ? "{ version }" : ""}) => ({ ${name}: ${patched ? `version === "after" ? ${name}Patched(0) : ` : ""}${name}(0) }),
  init: (k) => pageMappedBy(k, 1),
  specs: [],
});
`;
}

/** The draft of what a patch makes of a function, and what is different. */
export interface Patched {
  readonly name: string;
  readonly drafted: Drafted;
  readonly patch: DraftedPatch;
}

function merged(one: Drafted["imports"], other: Drafted["imports"]): Drafted["imports"] {
  const modules = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return Object.fromEntries(
    modules.map((module) => [module, [...new Set([...(one[module] ?? []), ...(other[module] ?? [])])]]),
  );
}

function patchText({ replace, before, after, drop }: DraftedPatch): string {
  const steps = (some: Readonly<Record<string, string>>): string =>
    `{ ${Object.entries(some)
      .map(([label, code]) => `${JSON.stringify(label)}: ${code}`)
      .join(", ")} }`;
  const beside = (all: DraftedPatch["before"]): string =>
    `{ ${Object.entries(all)
      .map(([label, some]) => `${JSON.stringify(label)}: ${steps(some)}`)
      .join(", ")} }`;
  const has = (some: object): boolean => Object.keys(some).length > 0;
  return `{
${[
  has(replace) ? `    replace: ${steps(replace)},\n` : "",
  has(before) ? `    before: ${beside(before)},\n` : "",
  has(after) ? `    after: ${beside(after)},\n` : "",
  drop.length > 0 ? `    drop: ${JSON.stringify(drop)},\n` : "",
].join("")}  }`;
}

function aboutText({ steps }: Drafted, { file, release, functions }: DraftedAbout): string {
  const at = Object.fromEntries(steps.flatMap(({ label, at }) => (at === undefined ? [] : [[label, at]])));
  const about: About = {
    file,
    release,
    functions,
    ...(Object.keys(at).length > 0 && { at }),
    omits: {},
  };
  return JSON.stringify(about, undefined, 2)
    .replaceAll("\n", "\n    ")
    .replaceAll(/"(\w+)": /g, "$1: ");
}
