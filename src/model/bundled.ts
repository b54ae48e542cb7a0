/**
 * The scenarios that come with faultline. That they depend on nothing but what they are given, their tests look at, in
 * every run that is pinned; where many runs are made of one, the first has to do.
 */
const bundled = new WeakSet<object>();
/** Those of them that were looked at in this process. */
const looked = new WeakSet<object>();

/** Tells that a scenario comes with faultline. */
export const noteBundled = (scenario: object): void => void bundled.add(scenario);

export const isBundled = (scenario: object): boolean => bundled.has(scenario);

/** Asks once for each scenario: whether it was looked at already, where once is enough. */
export function lookingOnce(): (scenario: object) => boolean {
  const known = new WeakSet<object>();
  return (scenario) => {
    if (!bundled.has(scenario)) return false;
    if (known.has(scenario)) return true;
    known.add(scenario);
    return false;
  };
}

/** A run of it looks for what is impure: the later ones need not. */
export function noteLookedAt(scenario: object): void {
  if (bundled.has(scenario)) looked.add(scenario);
}

/** It comes with faultline, and a run of it was looked at. */
export const isTrusted = (scenario: object): boolean => looked.has(scenario);

/** A copy of a scenario is what that is. */
export function notedLike<S extends object>(copy: S, scenario: object): S {
  if (bundled.has(scenario)) bundled.add(copy);
  if (looked.has(scenario)) looked.add(copy);
  return copy;
}
