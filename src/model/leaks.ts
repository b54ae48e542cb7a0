import { access, LIFE, type Cell } from "./access.ts";
import type { Layout } from "./layout.ts";
import type { Slot } from "./objects.ts";
import { NO_LEAK, type Spec } from "./spec.ts";

/**
 * What is allocated must be found from the world when all is over: by a pointer that is in no object of a slab, or in one
 * that is allocated and found. A pointer that is kept for specs finds nothing. Nothing where there is no slab.
 * `kept`: the pointers of threads that are not over, but rest.
 */
export function leakSpecs({ cells, slots }: Layout, kept: readonly Cell[] = []): readonly Spec[] {
  if (slots.length === 0) return [];
  const slotAt = (name: string) => slots.find((slot) => name === slot.name || name.startsWith(`${slot.name}.`));
  const pointers = cells.filter(
    ({ isPointer, isGhost, values }) =>
      isPointer === true &&
      !isGhost &&
      values.some((target) => target !== null && slotAt(String(target)) !== undefined),
  );
  const inside = new Map(slots.map((slot) => [slot, pointers.filter(({ name }) => slotAt(name) === slot)] as const));
  const roots = [...pointers.filter(({ name }) => !slotAt(name)), ...kept];
  const holds = (): true | string => {
    const live = slots.filter(({ life }) => access().read(life) === LIFE.live);
    const found = new Set<Slot>();
    const follow = (from: readonly Cell[]): void => {
      for (const cell of from) {
        const target = access().read(cell);
        const slot = target === null ? undefined : slotAt(String(target));
        // Through what was freed nothing is found: it may be another one's at any time.
        if (!slot || found.has(slot) || !live.includes(slot)) continue;
        found.add(slot);
        follow(inside.get(slot)!);
      }
    };
    if (live.length > 0) follow(roots);
    const lost = live.find((slot) => !found.has(slot));
    return lost === undefined || `${lost.name} is allocated, and nothing points at it`;
  };
  const sentence = "what is allocated can be found from the world";
  return [{ kind: "atEnd", name: NO_LEAK, sentence, consequence: "it is never freed", holds }];
}
