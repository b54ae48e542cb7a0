// The kernel's read-modify-writes, as expressions of a step, which says their order: `full((k) => xchg(k, "first", null))`.

/** xchg(): stores `value` in the field, and returns what was there. */
export function xchg<T, F extends keyof T>(of: T, field: F, value: T[F]): T[F] {
  const was = of[field];
  of[field] = value;
  return was;
}

/** try_cmpxchg(): stores `value` in the field if `old` is there; whether it was. */
export function tryCmpxchg<T, F extends keyof T>(of: T, field: F, old: T[F], value: T[F]): boolean {
  if (of[field] !== old) return false;
  of[field] = value;
  return true;
}

/** The fields of an object that are integers. */
type Counters<F extends PropertyKey> = { [P in F]: number };

/** atomic_inc_not_zero(), refcount_inc_not_zero(): adds one, unless the field is 0; whether it did. */
export function incNotZero<const F extends PropertyKey>(of: Counters<F>, field: F): boolean {
  if (of[field] === 0) return false;
  of[field]++;
  return true;
}

/** atomic_dec_and_test(), refcount_dec_and_test(): takes one away; whether nothing is left. */
export function decAndTest<const F extends PropertyKey>(of: Counters<F>, field: F): boolean {
  of[field]--;
  return of[field] === 0;
}
