import type { Command } from "../command.ts";
import { align } from "./align.ts";
import { check } from "./check.ts";
import { claims } from "./claims.ts";
import { draft } from "./draft.ts";
import { explore } from "./explore.ts";
import { exportCommand } from "./export.ts";
import { fences } from "./fences.ts";
import { graph } from "./graph.ts";
import { init } from "./init.ts";
import { list } from "./list.ts";
import { litmus } from "./litmus.ts";
import { merge } from "./merge.ts";
import { replay } from "./replay.ts";
import { show } from "./show.ts";
import { sweep } from "./sweep.ts";

/** Every command, in the order in which the help shows them. */
export const COMMANDS: readonly Command[] = [
  check,
  sweep,
  merge,
  claims,
  show,
  list,
  graph,
  exportCommand,
  litmus,
  fences,
  replay,
  explore,
  align,
  draft,
  init,
];

/** A command of yargs itself. */
export const COMPLETION = {
  name: "completion",
  describe: "print a script that completes commands, options and scenarios in a shell",
};

export const NAMES: readonly string[] = [...COMMANDS, COMPLETION].map(({ name }) => name);
