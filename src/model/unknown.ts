import type { Cell } from "./access.ts";
import { Paused } from "./explained.ts";

/**
 * Thrown by a base or a script that does not know a value: the cell, or the number of options, that was asked for.
 * Compiling throws one for each branch it finds, so it is no Error: those take the time to remember where they were made.
 */
export class Unknown extends Paused {
  readonly asked: Cell | number;
  constructor(asked: Cell | number) {
    super();
    this.asked = asked;
  }
}
