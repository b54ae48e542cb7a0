import { keepAccount } from "./build.ts";
import { ROOT } from "./package.ts";
import { keepCompiled, ship } from "./ship.ts";

/** What `npm run build` runs last. */
await ship(ROOT);
keepAccount(ROOT);
await keepCompiled(ROOT);
