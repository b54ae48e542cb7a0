import type { Fence, Qualifier, Rcu } from "../model/order.ts";
import type { Condition } from "./condition.ts";
import type { Datum, Expression } from "./expression.ts";

/** What an RMW does with the old value: what it stores, if it does, and what it returns. */
export interface Updated {
  readonly stored: Datum | undefined;
  readonly returned: Datum;
}

/** One move of a thread: at most one access to shared memory. `into` is the register that takes the result. */
export type Instruction = {
  /** The statement as it is written, for reports. */
  readonly text: string;
  readonly line: number;
} & (
  | { readonly kind: "read"; readonly order: "once" | "acquire"; readonly address: Expression; readonly into: string }
  | {
      readonly kind: "write";
      readonly order: "once" | "release";
      readonly address: Expression;
      readonly value: Expression;
    }
  | {
      readonly kind: "rmw";
      readonly order: Exclude<Qualifier, "once">;
      readonly address: Expression;
      readonly operands: readonly Expression[];
      readonly update: (old: Datum, operands: readonly Datum[]) => Updated;
      readonly into: string;
    }
  | { readonly kind: "lock" | "unlock"; readonly address: Expression }
  | { readonly kind: "trylock" | "islocked"; readonly address: Expression; readonly into: string }
  | { readonly kind: "fence"; readonly fence: Fence }
  | { readonly kind: "rcu"; readonly rcu: Rcu }
  | { readonly kind: "assign"; readonly value: Expression; readonly into: string }
  /** Goes on with the next instruction if the test is not 0, with `otherwise` if it is. */
  | { readonly kind: "branch"; readonly test: Expression; readonly otherwise: number }
  | { readonly kind: "jump"; readonly to: number }
);

export interface LitmusThread {
  /** `P0`, `P1`, ... */
  readonly name: string;
  readonly instructions: readonly Instruction[];
  /** Registers that do not start as 0. */
  readonly initial: ReadonlyMap<string, Datum>;
}

/** A litmus test: what its threads do, where they start, and what is asked of where they end. */
export interface LitmusTest {
  readonly name: string;
  readonly language: "C" | "X86";
  readonly file: string;
  /** The shared locations; the address of one is its index here. */
  readonly locations: readonly string[];
  /** By location; what is not named starts as 0. */
  readonly initial: ReadonlyMap<string, Datum>;
  readonly threads: readonly LitmusThread[];
  readonly condition: Condition;
  /** Lines with accesses that are not marked, which the kernel's compiler may do what it likes with. */
  readonly plain: readonly number[];
}
