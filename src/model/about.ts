import { ModelError, didYouMean, listed } from "./error.ts";
import { KEYS, checkKeys } from "./keys.ts";
import { releasesOf } from "./releases.ts";
import { shown } from "./thrown.ts";

/** Where a path comes from, for those who check it against the source, and for `faultline align`, which does. */
export interface About<L extends string = string> {
  /** The file of the kernel, e.g. `mm/filemap.c`. */
  readonly file?: string;
  /** The release whose code this follows, e.g. `v5.9`. */
  readonly release?: string;
  /** The releases it is true of, as `v5.11..v5.18`, `..v5.18` or `v5.19..`: a scenario must not mix others. */
  readonly fits?: string;
  /** What the path leaves out, and why that is safe. */
  readonly leavesOut?: string;
  /** The labels of this variant in the order they run in, where that is not the order they are written in. */
  readonly sequence?: readonly L[];
  /**
   * The C functions that it follows, callers first, where that is more, or another, than the one it is named after;
   * `func: wake_page_function` for what a call through a member of another name is.
   */
  readonly functions?: readonly string[];
  /** By label: the C that the step stands for, where the label does not say it, as in `put_page(page)`, or several. */
  readonly at?: { readonly [P in L]?: string | readonly string[] };
  /** By label: why no C of these functions is the step, as what a user does; as a text: why no function is the path. */
  readonly notInSource?: string | { readonly [P in L]?: string };
  /**
   * By label, and by the label that the path goes on to from there, or "end": why the source does not, as where the path passes
   * by what does nothing there.
   */
  readonly leads?: { readonly [P in L]?: { readonly [Q in L | "end"]?: string } };
  /** By the C that is left out, as in `count_vm_event` or `if (pmd_trans_huge(*pmd))`: why that is safe. */
  readonly omits?: Readonly<Record<string, string>>;
}

/** Throws a ModelError for what cannot be said about a path with these labels. */
export function checkAbout(about: About, written: readonly string[], path: string): void {
  const where = `path '${path}'`;
  checkKeys(about, KEYS.about, "what is said about a path", where);
  if (about.fits !== undefined) releasesOf(about.fits, where);
  const { at = {}, omits = {} } = about;
  const leads = (about.leads ?? {}) as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  const notInSource = typeof about.notInSource === "object" ? about.notInSource : {};
  for (const [label, reasons] of Object.entries(leads))
    if (typeof reasons !== "object" || reasons === null)
      throw new ModelError(`'${label}' of 'leads' is ${shown(reasons)}`, {
        where,
        remedy: 'give the label that it leads to, or "end", with the reason, as in { "put_page(page)": "..." }',
      });
  for (const [key, texts] of Object.entries({ at, notInSource, leads, ...leads })) {
    for (const label of Object.keys(texts))
      if (!written.includes(label) && !(Object.hasOwn(leads, key) && label === "end"))
        throw new ModelError(`'${key}' names '${label}', which is no label of ${where}${didYouMean(label, written)}`, {
          where,
          remedy: `labels: ${listed(written)}`,
        });
  }
  for (const [key, texts] of Object.entries({ at, notInSource, ...leads, omits }))
    for (const [name, text] of Object.entries(texts as Readonly<Record<string, unknown>>))
      if (text !== undefined && !isSaid(text, key === "at"))
        throw new ModelError(`'${name}' of '${key}' is ${shown(text)}`, {
          where,
          remedy: key === "at" ? "give the C that the step stands for, or a list of it" : "say why",
        });
}

const isText = (value: unknown): boolean => typeof value === "string" && value.trim() !== "";

const isSaid = (value: unknown, mayBeList: boolean): boolean =>
  isText(value) || (mayBeList && Array.isArray(value) && value.length > 0 && value.every(isText));
