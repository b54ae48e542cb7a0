/** A path as each release has it, where they differ: a function of the release that is asked for. */
export const byRelease =
  <R extends string, P>(paths: { readonly [Name in R]: () => P }) =>
  (release: R): P =>
    paths[release]();
