import type { Drafts, Fields } from "./domain.ts";
import { ModelError } from "./error.ts";
import type { Extension, Grown, GrownBy, WithinOf } from "./grown.ts";
import { checkFields, kindOf } from "./fields.ts";
import { KEYS, checkKeys, refuseMore, refuseSymbols } from "./keys.ts";
import { layoutWorld, type Layout } from "./layout.ts";
import { structCalled, type Part } from "./parts.ts";
import { patchable, type PathBuilder } from "./patch.ts";
import { buildPath } from "./path.ts";
import { watched } from "./running.ts";
import { scenario, type NoParams, type Scenario, type ScenarioConfig } from "./scenario.ts";
import type { ParamFields } from "./params.ts";
import type { ProgressAbout, Shared, SpecBuilder } from "./shared.ts";
import {
  checkSpecName,
  type Predicate,
  type ProgressKind,
  type ProgressSpec,
  type Spec,
  type SpecKind,
} from "./spec.ts";
import { refuseStepsAsLocals } from "./steps-as-locals.ts";
import { watchedPath } from "./watched-path.ts";

type Given = Parameters<typeof buildPath> extends [unknown, ...infer Rest] ? Rest : never;

/**
 * All state that threads share, and what is written over it: paths and specs. `G` has the fields that were added to structs, by
 * their names.
 */
export interface World<F = Fields, G = unknown> extends Shared<F, G> {
  /**
   * A kernel path: its name, its locals, and its steps by label. A step gets drafts of the world and of its locals;
   * it returns nothing to go on, a label to jump, `wait` or `done`. The end of the last step is the end of the path.
   */
  readonly path: PathBuilder<F, G>;
  /** `scenario(name, { about, world, ... })` of this world: what is run against what, as one sentence, and how. */
  readonly scenario: <const P extends ParamFields = NoParams>(
    name: string,
    about: string,
    config: Omit<ScenarioConfig<F, P>, "about" | "world">,
  ) => Scenario;
}

/** The state of a world as steps and specs see it: `StateOf<typeof kernel>`. */
export type StateOf<W> = W extends { readonly types?: infer F } ? Drafts<F> : never;

/**
 * Declares the shared state: every field has a small finite domain. A field named `x` is `k.x` in a step. Throws a
 * ModelError if there is none, for what is no field, and for more than 10000 of them.
 */
export function world<const F extends Fields>(fields: F): World<F> {
  refuseMore(arguments, 1, "world({ ... })");
  return worldOf([{ fields, within: [] }]);
}

/**
 * A world with more fields: `within` adds some to structs of `base`, by the names of the structs. Every path and spec of `base`
 * runs in it as it is. Throws a ModelError for a field that is there already, and for a struct that `base` does not have.
 */
export function extend<F, G, const X extends Extension>(
  base: World<F, G>,
  more: X,
): World<Grown<F, WithinOf<X>> & Grown<Omit<X, "within">, GrownBy<G, X>>, GrownBy<G, X>> {
  refuseMore(arguments, 2, "extend(base, { ... })");
  const { layout } = theWorld(base, "extend(base, { ... })");
  if (typeof more !== "object" || more === null)
    throw new ModelError(`the extension has no fields: it is ${kindOf(more)}`, {
      remedy: "give { name: field, ..., within: { Struct: { name: field } } }",
    });
  refuseSymbols(more, "the extension");
  const { within = {}, ...fields } = more as unknown as Extension & Fields;
  const known = layout.instances.structs;
  if (typeof within !== "object" || (within as unknown) === null)
    throw new ModelError(`'within' of the extension is ${kindOf(within)}`, {
      remedy: "give fields by the names of structs, as in within: { Page: { onSwap: bool } }",
    });
  refuseSymbols(within, "'within' of the extension");
  const grown = Object.entries(within).map(([name, added]) => {
    const struct = structCalled(name, known);
    checkFields(added, `'${name}' of the extension`);
    return { struct, added };
  });
  return worldOf([...layout.parts, { fields, within: grown }]);
}

/**
 * A world with the fields of both: every path and spec of either runs in it. Parts that both have grown from are there once. Throws
 * a ModelError where both have declared a field of one name.
 */
export function compose<A, GA, B, GB>(
  first: World<A, GA>,
  second: World<B, GB>,
): World<Grown<A, GB> & Grown<B, GA>, GA & GB> {
  refuseMore(arguments, 2, "compose(first, second)");
  const parts = [first, second].flatMap((one) => theWorld(one, "compose(first, second)").layout.parts);
  return worldOf([...new Set(parts)]);
}

function theWorld(value: { readonly layout: Layout }, call: string): { readonly layout: Layout } {
  if (typeof value === "object" && (value as unknown) !== null && "layout" in value) return value;
  throw new ModelError(`${call} was given what is no world: ${kindOf(value)}`, {
    remedy: "give what world({ ... }), extend(...) or compose(...) returned",
  });
}

function worldOf<F, G>(parts: readonly Part[]): World<F, G> {
  const layout = layoutWorld(parts);
  const spec =
    (kind: SpecKind): SpecBuilder<Drafts<F>> =>
    (...given) => {
      refuseMore(given, 4, `${kind}(name, sentence, holds, consequence)`);
      const [name, sentence, holds, consequence] = given;
      checkSpecName(name);
      if (typeof sentence !== "string" || typeof holds !== "function")
        throw new ModelError(`spec '${name}' lacks ${typeof sentence !== "string" ? "its sentence" : "what holds"}`, {
          remedy: `write ${kind}("${name}", "what holds, as a sentence", (k) => ...)`,
        });
      return {
        kind,
        name,
        sentence,
        holds: watched(holds),
        ...(consequence !== undefined && { consequence }),
        definedAt: new Error("defined"),
      };
    };
  const progress = (
    kind: ProgressKind,
    [name, sentence]: readonly [string, string],
    { from, to }: { readonly from?: Predicate<Drafts<F>>; readonly to: Predicate<Drafts<F>> },
    about: ProgressAbout,
  ): ProgressSpec<Drafts<F>> => {
    checkSpecName(name);
    const asked = kind === "leadsTo" ? [from, to] : [to];
    if (typeof sentence !== "string" || asked.some((one) => typeof one !== "function"))
      throw new ModelError(
        `spec '${name}' lacks ${typeof sentence !== "string" ? "its sentence" : "what is waited for"}`,
        {
          remedy: `write ${kind}("${name}", "what comes to pass, as a sentence", ${asked.map(() => "(k) => ...").join(", ")})`,
        },
      );
    checkKeys(about, KEYS.progress, "the last argument", `spec '${name}'`);
    const { fairness = "weak", consequence } = about;
    const definedAt = new Error("defined");
    const question = (holds: Predicate<Drafts<F>>): Spec<Drafts<F>> => ({
      kind: "sometimes",
      name,
      sentence,
      holds: watched(holds),
      definedAt,
    });
    return {
      kind,
      name,
      sentence,
      fairness,
      ...(from && { from: question(from) }),
      to: question(to),
      ...(consequence !== undefined && { consequence }),
      definedAt,
    };
  };
  const shared: World<F, G> = {
    layout,
    path: ((...given: readonly unknown[]) => {
      refuseMore(given, 4, "path(name, locals, steps, about)");
      const [name, steps] = given;
      const all = given.length === 2 ? [name, {}, steps] : given;
      if (given.length === 3) refuseStepsAsLocals(given);
      return patchable(watchedPath(buildPath(layout, ...(all as unknown as Given))));
    }) as unknown as PathBuilder<F, G>,
    scenario: (...given) => {
      refuseMore(given, 3, "scenario(name, about, { ... })");
      const [name, about, config] = given;
      checkKeys(config, KEYS.scenarioOfWorld, "a scenario", `scenario '${name}'`);
      return scenario(name, { ...config, about, world: shared });
    },
    always: spec("always"),
    atEnd: spec("atEnd"),
    sometimes: spec("sometimes"),
    eventually: (...given) => {
      refuseMore(given, 4, "eventually(name, sentence, holds, { fairness, consequence })");
      const [name, sentence, to, about = {}] = given;
      return progress("eventually", [name, sentence], { to }, about);
    },
    leadsTo: (...given) => {
      refuseMore(given, 5, "leadsTo(name, sentence, from, to, { fairness, consequence })");
      const [name, sentence, from, to, about = {}] = given;
      return progress("leadsTo", [name, sentence], { from, to }, about);
    },
  };
  return shared;
}
