import { keepAccount } from "./build.ts";
import { keepIndex } from "./path-index.ts";
import { ROOT } from "./package.ts";
import { keepCompiled, ship } from "./ship.ts";

/** What `npm run build` runs last. */
await ship(ROOT);
await keepIndex(ROOT);
keepAccount(ROOT);
await keepCompiled(ROOT);
