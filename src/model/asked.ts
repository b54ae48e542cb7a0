/** All that the guards ask which src/cli/instrument.ts puts into a user's file. */
export { fresh } from "./built-in.ts";
export {
  assigns,
  assignsEarly,
  awaits,
  begins,
  changes,
  constructed,
  deletes,
  evaluates,
  filled,
  looksAtStack,
  made,
  resumes,
  returned,
  stamped,
} from "./owned.ts";
export { imports } from "./platform.ts";
export { countRound as round, runNumber as run, stayEnded as caught } from "./running.ts";
export { noteThrown as throws } from "./thrown.ts";
