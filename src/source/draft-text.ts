import type { About } from "../model/about.ts";
import { camel, type Drafted } from "./draft.ts";

/** What a drafted file says of its path. */
export interface DraftedAbout {
  readonly fn: string;
  readonly file: string;
  readonly release: string;
  readonly functions: readonly string[];
}

/** A model file with a drafted path, and a scenario that runs it alone. */
export function draftText(drafted: Drafted, about: DraftedAbout): string {
  const name = camel(about.fn);
  const { steps, locals, imports } = drafted;
  const body = steps.map(({ label, code }) => `      ${JSON.stringify(label)}: ${code},`);
  const code = body.join("\n");
  const uses = (word: string): boolean => new RegExp(`\\b${word}\\b`).test(code);
  const language = [
    ...["bool", "ref"].filter((word) => Object.values(locals).some((one) => one.startsWith(word))),
    ...["call", "done", "once", "todo"].filter(uses),
    ...(imports["faultline"] ?? []),
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

export default scenario(${JSON.stringify(about.fn.replaceAll("_", "-").replace(/^-+/, ""))}, {
  about: "${about.fn}() alone: give it somebody to race with",
  world: kernel,
  params: {},
  threads: () => ({ ${name}: ${name}(0) }),
  init: (k) => pageMappedBy(k, 1),
  specs: [],
});
`;
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
