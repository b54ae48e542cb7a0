/** What is known of a kernel's names, for `faultline align`: a table of the models, as what reads the source knows C alone. */
export interface SourceNames {
  /** Functions that were renamed, and variables that go with them. */
  readonly renamed: readonly Renamed[];
  /** Variables and members that stand for one thing, as `mm` and `vm_mm`. */
  readonly alike: readonly (readonly string[])[];
  /** Macros, and helpers, by what they do that a label may name: `pte_offset_map_lock` does a `spin_lock`. */
  readonly does: Readonly<Record<string, readonly string[]>>;
  /** Calls that change nothing that another CPU may see, and why. */
  readonly quiet: readonly Quiet[];
  /** The members of structs that are fields of the world: by their name, the variables that point to such a struct. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  /** Pointers whose `*p` is a load of a page-table entry. */
  readonly entries: readonly string[];
  /** Headers, and files, in which functions are looked for that a path's own file does not define. */
  readonly headers: readonly string[];
  readonly files: readonly string[];
}

/** Names of one thing, the oldest first, each with the release that has it first. */
export interface Renamed {
  readonly names: readonly string[];
  readonly since: readonly (string | undefined)[];
  /** A commit, or where it can be looked up. */
  readonly evidence: string;
}

/** Calls that are quiet for one reason. */
export interface Quiet {
  readonly why: string;
  readonly names: readonly string[];
}
