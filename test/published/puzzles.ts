import { array, choose, int, scenario, wait, world, type Scenario } from "faultline";
import { numbered, range } from "./range.ts";

/** Coffee can: out of up to `max` beans, two are taken, and one goes back in: black if they were alike, else white. */
export function coffeeCan(max: number): Scenario {
  const can = world({ black: int(0, max), white: int(0, max) });
  const picker = can.path(
    "picker",
    {},
    {
      pick: (k) => {
        if (k.black + k.white === 1) return "pick";
        switch (choose("two white", "two black", "one of each")) {
          case "two white":
            if (k.white < 2) return wait;
            k.white -= 2;
            k.black++;
            return "pick";
          case "two black":
            if (k.black < 2) return wait;
            k.black--;
            return "pick";
          case "one of each":
            if (k.black === 0 || k.white === 0) return wait;
            k.black--;
            return "pick";
        }
      },
    },
  );
  return scenario("coffee-can", {
    about: "A can of black and white beans that gets emptier",
    world: can,
    params: {},
    threads: () => ({ picker }),
    init: (k) => {
      const beans = choose(...range(1, max));
      k.black = choose(...range(0, beans));
      k.white = beans - k.black;
    },
    specs: [],
  });
}

/** The towers of Hanoi: disc i moves to a peg if no smaller disc is on it, and none on the peg it leaves. */
export function hanoi(discs: number): Scenario {
  const towers = world({ peg: array(discs, int(0, 2)) });
  const disc = (i: number) =>
    towers.path(
      "disc",
      {},
      {
        move: (k) => {
          const from = k.peg[i]!;
          const to = (from + choose(1, 2)) % 3;
          for (let smaller = 0; smaller < i; smaller++)
            if (k.peg[smaller] === from || k.peg[smaller] === to) return wait;
          k.peg[i] = to;
          return "move";
        },
      },
    );
  return scenario("hanoi", {
    about: "Discs of different size on three pegs",
    world: towers,
    params: {},
    threads: () => numbered("disc", discs, disc),
    specs: [],
  });
}
