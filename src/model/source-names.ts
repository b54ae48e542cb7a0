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

/** What `faultline draft` makes of C: the primitives of the bundled kernel, by the oldest names of C functions. */
export interface Drafting {
  readonly calls: Readonly<Record<string, DraftedCall>>;
  /** By what a pointer of C is called: the struct of the world that it points to, as a step reaches it. */
  readonly objects: Readonly<Record<string, DraftedObject>>;
  /** Modules that the drafted code imports from, by what it uses of them. */
  readonly modules: Readonly<Record<string, readonly string[]>>;
}

/** How a call is written as a step. `i` in it is the address space that the path is made for. */
export interface DraftedCall {
  readonly code: string;
  /** How the last name of one of its arguments has to end, as `vmf->ptl` does; the lock that a call has returned is none of these. */
  readonly of?: string;
  /** Its result is true or false. */
  readonly isTest?: boolean;
  /** Which argument is a page, counted from 0: the step takes it from the local of that name. */
  readonly page?: number;
  /** It takes the page from the local `page`, although no argument says so. */
  readonly needsPage?: boolean;
  /** It is a path to be called, which has the page in its local `page`. */
  readonly isPath?: boolean;
  /** It gives a page, which goes into the local `page`. */
  readonly givesPage?: boolean;
}

/** Where the world has a struct, and the fields of it that C calls otherwise. */
export interface DraftedObject {
  readonly code: string;
  readonly isPage?: boolean;
  readonly fields: Readonly<Record<string, DraftedField>>;
}

/** A field: its name in the world, and its values as C writes them. */
export interface DraftedField {
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
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
