/**
 * The scenarios that come with faultline. Their tests look at every run that is pinned whether it depends on nothing but
 * what it is given: nobody need look at that again.
 */
const bundled = new WeakSet<object>();

/** Tells that a scenario comes with faultline. */
export const noteBundled = (scenario: object): void => void bundled.add(scenario);

/** It comes with faultline. */
export const isBundled = (scenario: object): boolean => bundled.has(scenario);

/** A copy of a scenario is what that is. */
export function notedLike<S extends object>(copy: S, scenario: object): S {
  if (bundled.has(scenario)) bundled.add(copy);
  return copy;
}
