/** What became of a label, of an operation of the source, or of an entry of `omits`. */
export type RowKind =
  | "anchored"
  | "renamed"
  | "missing"
  | "reordered"
  | "elsewhere"
  | "negated"
  | "changed"
  | "new"
  | "omitted"
  | "stale"
  | "not in source";

/** The rows that say that model and source part. */
export const DRIFT: readonly RowKind[] = ["missing", "reordered", "elsewhere", "negated", "changed", "new", "stale"];

/** Where in the tree. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  /** The function that it stands in. */
  readonly function: string;
}

/** One row of the report about a path. */
export interface Row {
  readonly kind: RowKind;
  /** The label of a step, or the entry of `omits`. */
  readonly label?: string;
  /** The C, as the tree has it. */
  readonly text?: string;
  readonly place?: SourcePlace;
  /** Further places of a step that stands for several operations. */
  readonly also?: readonly SourcePlace[];
  /** What the function does that is called there, and was not followed. */
  readonly does?: readonly string[];
  /** Why it is omitted, what else a function is called, before what it comes, where it leads. */
  readonly why?: string;
}

/** How one path and one tree agree. */
export interface Alignment {
  readonly path: string;
  /** What the path says of itself. */
  readonly release: string | undefined;
  readonly file: string | undefined;
  /** The functions that were read, the outermost first. */
  readonly functions: readonly string[];
  /** The release of the tree, and whether it is the one that the path follows. */
  readonly tree: string;
  readonly isOfRelease: boolean;
  /** It is kept what this very release was when the path was compared with it. */
  readonly isCompared: boolean;
  /** The release of which it is kept what it was when the path was compared with it: this very one, or another update of its series. */
  readonly comparedWith?: string;
  /** The steps, and `the end`, that are not as they were there. */
  readonly differs?: readonly string[];
  /** In the order of the path; then what is new, omitted or stale, in the order of the source. */
  readonly rows: readonly Row[];
  readonly counts: Readonly<Record<RowKind, number>>;
  /** Nothing is missing, reordered, negated, changed, new or stale, and every step leads where it does in the source. */
  readonly isContent: boolean;
}
