interface Point {
  readonly x: number;
  readonly y: number;
}

/** A Bezier curve: where it begins and ends, and between them what it is drawn to. */
export type Curve = readonly [Point, Point, Point, Point];

/** A curve without what of it is in a node: where it begins, or where it ends. `isIn` sees places from the node's centre. */
export function clippedAtNode(curve: Curve, centre: Point, isIn: (place: Point) => boolean, atBegin: boolean): Curve {
  return clipped(curve, ({ x, y }) => isIn({ x: x - centre.x, y: y - centre.y }), atBegin);
}

/** A curve that ends where an arrow head of this length begins. */
export function clippedAtArrow(curve: Curve, length: number): Curve {
  const [a, b, c, end] = curve;
  const isIn = ({ x, y }: Point): boolean => (x - end.x) ** 2 + (y - end.y) ** 2 <= length ** 2;
  const [p, q, r, s] = clipped([end, c, b, a], isIn, true);
  return [s, r, q, p];
}

/**
 * What of a curve is outside, by halves, until two places are less than half a point from one another: as Graphviz does
 * it, so that the same comes out.
 */
function clipped(curve: Curve, isIn: (place: Point) => boolean, atBegin: boolean): Curve {
  let [low, high] = [0, 1];
  let best: Curve | undefined;
  let place = curve[atBegin ? 0 : 3];
  for (;;) {
    const before = place;
    const t = (low + high) / 2;
    const [left, right] = parted(curve, t);
    const part = atBegin ? right : left;
    place = right[0];
    const isInside = isIn(place);
    if (!isInside) best = part;
    if (isInside === atBegin) low = t;
    else high = t;
    if (Math.abs(before.x - place.x) <= 0.5 && Math.abs(before.y - place.y) <= 0.5) return best ?? part;
  }
}

/** A curve before and behind one place of it. */
function parted([a, b, c, d]: Curve, t: number): readonly [Curve, Curve] {
  const between = (from: Point, to: Point): Point => ({
    x: (1 - t) * from.x + t * to.x,
    y: (1 - t) * from.y + t * to.y,
  });
  const [ab, bc, cd] = [between(a, b), between(b, c), between(c, d)];
  const [abc, bcd] = [between(ab, bc), between(bc, cd)];
  const middle = between(abc, bcd);
  return [
    [a, ab, abc, middle],
    [middle, bcd, cd, d],
  ];
}
