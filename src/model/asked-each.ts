import { ModelError } from "./error.ts";
import { aside, endRun } from "./running.ts";

type Asks = (this: unknown, body: (...args: unknown[]) => unknown, self?: unknown) => boolean;

/**
 * What `every` and `some` of an array of the world are: as JavaScript's, but for a text, which is a reason that was written one bracket too
 * far inside, as in `k.pages.every((page) => page.free || "it is in use")`. There a text counts as true, and the spec holds whatever happens.
 */
export function askedEach(key: string | symbol, found: unknown, owner: string): unknown {
  if ((key !== "every" && key !== "some") || typeof found !== "function") return found;
  const asks = found as Asks;
  return function each(this: unknown, body: (...args: unknown[]) => unknown, self?: unknown): boolean {
    if (typeof body !== "function") return asks.call(this, body, self);
    return asks.call(this, (...args) => {
      const said = body.apply(self, args);
      if (typeof said === "string") aside(() => endRun(reasonInside(key, said, owner)));
      return said;
    });
  };
}

const reasonInside = (key: string, said: string, owner: string): ModelError =>
  new ModelError(`${key}() of '${owner}' was given a text, '${said}'`, {
    cause: "a text is true there: a spec with its reason inside holds whatever happens",
    remedy: `put the reason behind it: list.${key}((one) => ...) || "the reason"`,
  });
