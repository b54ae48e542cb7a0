import { stepOf, type Evidence, type Sites, type Strengthening } from "../barrier-sites.ts";
import type { TsoProgram } from "./program.ts";
import type { Schedule } from "../../machine/schedule.ts";
import { runSchedule, valueIn } from "../sc/trail.ts";

/**
 * A counterexample under tso as evidence: a schedule of the machine with store buffers, which may be strengthened itself.
 * It is one of a machine with other barriers, too, if each of these finds the buffer empty before its thread goes on.
 */
export function tsoEvidence(
  program: TsoProgram,
  schedule: Schedule,
  spec: string,
  sites: Sites,
  all: readonly Strengthening[],
): Evidence {
  const { moments, last } = runSchedule(program, schedule, spec);
  const forbidding = new Set<string>();
  /** By thread: the step behind which a barrier would still wait for the buffer. */
  const waiting = new Map<number, string>();
  for (const [i, { effect, before }] of moments.entries()) {
    const { thread } = effect.move;
    const { point } = effect;
    const { points, buffer: isHardware } = program.threads[thread]!;
    const after = moments[i + 1]?.before ?? last;
    if (!isHardware && point.leadsTo === undefined) {
      if (waiting.has(thread)) forbidding.add(waiting.get(thread)!);
      let exit = after.points.get(thread)!;
      while (points[exit]?.leadsTo !== undefined) exit = points[exit]!.leadsTo!;
      const site = sites[thread]![before.points.get(thread)!];
      if (site?.strengths.get("mb")?.has(exit)) waiting.set(thread, site.step);
      else waiting.delete(thread);
    }
    for (const [cpu, buffer] of program.buffers.entries())
      if (!buffer || valueIn(after, buffer.slots[0]!) === 0) waiting.delete(cpu);
  }
  const relevant = all.filter((one) => forbidding.has(stepOf(one)));
  return {
    spec,
    relevant,
    isAllowed: (set) => !set.some((one) => relevant.includes(one)),
    isNews: (one, set) => !set.includes(one),
  };
}
