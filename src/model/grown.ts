import type { Field, Fields } from "./domain.ts";

/** What a world is to have more: fields, and by the names of its structs fields of these. */
export interface Extension {
  readonly within?: Within;
  readonly [name: string]: Field | Within | undefined;
}

/** Fields that are added to structs, by the names of the structs. */
export type Within = Readonly<Record<string, Fields>>;

/** The part of an extension that adds to structs. */
export type WithinOf<X> = X extends { readonly within: infer W } ? W : unknown;

/** What has been added to structs once an extension has added its own. */
export type GrownBy<G, X> = G & WithinOf<X>;

/** Fields as they are in a world that has given its structs more: `G` says which, by the names of the structs. */
export type Grown<F, G> = unknown extends G ? F : GrownFields<F, G>;

/**
 * A type with a name of its own, so that declaration files say it by that: written out, structs that point at each other have
 * no end, and the compiler puts `any` where it stops.
 */
export type GrownFields<F, G> = { readonly [K in keyof F]: GrownField<F[K], G> };

type GrownField<F, G> = F extends { readonly kind: "struct"; readonly fields: infer R; readonly name?: infer N }
  ? { readonly kind: "struct"; readonly fields: Grown<R & AddedTo<N, G>, G>; readonly name?: N }
  : F extends { readonly kind: "array"; readonly length: infer N; readonly element: infer E }
    ? { readonly kind: "array"; readonly length: N; readonly element: GrownField<E, G> }
    : F extends { readonly kind: infer P extends "ref" | "pointer"; readonly target: infer T }
      ? { readonly kind: P; readonly target: T extends () => infer S ? GrownField<S, G> : GrownField<T, G> }
      : F;

type AddedTo<N, G> = [N] extends [never]
  ? unknown
  : Exclude<N, undefined> extends keyof G
    ? G[Exclude<N, undefined>]
    : unknown;
