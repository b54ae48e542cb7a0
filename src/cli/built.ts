import { keepAccount } from "./build.ts";
import { ROOT } from "./package.ts";

/** What `npm run build` runs last. */
keepAccount(ROOT);
