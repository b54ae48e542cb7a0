import { lastName } from "./names.ts";
import type { Flow, SourceEvent } from "./events.ts";

/**
 * The returns between two steps that nothing asks for which is a step or a call: each is a way out that the path does not
 * have. A condition over calls, or over what calls have returned, is accounted for with these.
 */
export function leavesUnasked(
  { events }: Flow,
  steps: ReadonlySet<number>,
  isBefore: (first: number, later: number) => boolean,
): ReadonlySet<number> {
  const known = new Set(
    events.filter(({ kind, text }) => kind === "write" && /\w\s*\(/.test(text)).flatMap(({ locals }) => locals),
  );
  const fields = events.filter(({ kind, fields: some }) => (kind === "test" || kind === "read") && some.length > 0);
  const asked = events.filter(({ index, kind }) => kind === "test" && steps.has(index));
  const isAsked = (condition: string): boolean =>
    asked.some(({ text }) => condition.includes(text)) ||
    fields.some(({ text }) => condition.includes(text)) ||
    /[A-Za-z_]\w*\(/.test(
      condition.replace(/^(?:if|else|case|while|for)\s*/, "").replaceAll(/\b(?:un)?likely\(/g, ""),
    ) ||
    [...condition.matchAll(/[\w.\->]+/g)].some(([name]) => known.has(lastName(name)));
  const isLast = (event: SourceEvent): boolean =>
    !events
      .slice(event.index + 1)
      .some(
        ({ kind, chain }) =>
          kind !== "join" && chain.length >= event.chain.length && chain[event.chain.length - 1] === event.chain.at(-1),
      );
  // Behind a return that nothing asks for, there is either what a label leads to, or what is never done.
  const isJumpedTo = (index: number): boolean => {
    const next = events.find(({ index: later, kind }) => later > index && kind !== "join");
    return next !== undefined && isBefore(0, next.index);
  };
  /** `return put_box(box)`, where that is a step: the step is the last one there. */
  const isOfStep = ({ index, text }: SourceEvent): boolean =>
    steps.has(index - 1) && text.includes(events[index - 1]!.text);
  return new Set(
    events
      .filter((event) => event.kind === "return" && !isLast(event) && !isOfStep(event))
      .filter(({ index, under }) => {
        const conditions = under.filter((one) => !one.startsWith("#"));
        return conditions.length === 0 ? !isJumpedTo(index) : !conditions.some(isAsked);
      })
      .filter(({ index }) => {
        const done = [...steps].filter((step) => isBefore(step, index));
        return done.length > 0 && done.length < steps.size;
      })
      .map(({ index }) => index),
  );
}
