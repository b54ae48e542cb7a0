import { ORDERS } from "../../model/order.ts";
import type { Event } from "./axioms.ts";
import type { Point } from "./steps.ts";
import type { PlacedWay } from "./ways.ts";

/** What a way through a step that uses a word does, as events of a thread, in program order. */
export interface Access {
  readonly load?: Event;
  readonly store?: Event;
}

/** An RMW that does not write is a load without order. */
export const isLoadOfRmw = ({ hasRmw }: Pick<Point, "hasRmw">, { deed }: Pick<PlacedWay, "deed">): boolean =>
  hasRmw && deed === "read";

/** The load and the store that one way through a step is made of. */
export function accessOf(point: Point, way: PlacedWay, thread: number): Access {
  const { means } = point;
  const { deed, word } = way;
  const place = word!.name;
  const load: Event = {
    thread,
    kind: "read",
    place,
    // A spin lock that is only looked at, or not got, orders nothing.
    isAcquire: means.acquires && !isLoadOfRmw(point, way) && !word!.isLock,
    isLock: deed === "lock",
    isNoReturn: !means.returns,
  };
  const store: Event = {
    thread,
    kind: "write",
    place,
    isRelease: means.releases && deed !== "unlock",
    isLock: deed === "lock",
    isUnlock: deed === "unlock",
  };
  return {
    ...((deed === "read" || deed === "rmw" || deed === "lock") && { load }),
    ...(deed !== "read" && { store }),
  };
}

/** There are full barriers on both sides of it. */
export const isFenced = (point: Point, way: PlacedWay): boolean =>
  point.means === ORDERS.full && way.deed !== "nothing" && !isLoadOfRmw(point, way);
