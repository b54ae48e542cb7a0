/**
 * The scenarios that come with faultline. That they depend on nothing but what they are given, their tests look at, in
 * every run that is pinned; where many runs are made of one, the first has to do.
 */
const bundled = new WeakSet<object>();

/** Tells that a scenario comes with faultline. */
export const noteBundled = (scenario: object): void => void bundled.add(scenario);

export const isBundled = (scenario: object): boolean => bundled.has(scenario);

/** Asks once for each scenario: whether it was looked at already, where once is enough. */
export function lookingOnce(): (scenario: object) => boolean {
  const looked = new WeakSet<object>();
  return (scenario) => {
    if (!bundled.has(scenario)) return false;
    if (looked.has(scenario)) return true;
    looked.add(scenario);
    return false;
  };
}
