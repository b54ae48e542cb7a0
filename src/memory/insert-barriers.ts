import { isQualifier, ORDERS } from "../model/order.ts";
import { fence } from "../model/qualifiers.ts";
import type { Program, ProgramThread, Point } from "../machine/program.ts";
import { stepOf, type FenceBehind, type Sites, type Strengthening } from "./barrier-sites.ts";

/**
 * The same machine with some steps made stronger. Control points keep their numbers; a fence is a point of its own behind
 * all others, one for each place its step leads to, so that what depends on what stays as it was.
 */
export function strengthened(program: Program, sites: Sites, set: readonly Strengthening[]): Program {
  return { ...program, threads: program.threads.map((thread, t) => strengthen(thread, sites[t]!, set)) };
}

function strengthen(thread: ProgramThread, sites: Sites[number], set: readonly Strengthening[]): ProgramThread {
  const points = [...thread.points];
  const fences = new Map<number, Map<number, number>>();
  for (const [p, point] of thread.points.entries()) {
    const site = sites[p];
    for (const one of set) {
      const exits = site?.step === stepOf(one) ? site.strengths.get(one.by) : undefined;
      if (!exits) continue;
      const { by } = one;
      if (isQualifier(by)) points[p] = { ...point, step: { ...point.step, order: by } };
      else
        for (const exit of exits) {
          const between = fences.get(p) ?? new Map<number, number>();
          points.push(fenceBehind(point, by, between.get(exit) ?? exit));
          fences.set(p, between.set(exit, points.length - 1));
        }
    }
  }
  return fences.size > 0 ? { ...thread, points, fences } : { ...thread, points };
}

const fenceBehind = ({ frame, label }: Point, by: FenceBehind, leadsTo: number): Point => ({
  frame,
  label: `${ORDERS[by].name}() behind ${label}`,
  step: fence(by),
  leadsTo,
});
