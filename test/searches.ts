import { loadTests } from "./suite.ts";

await loadTests("searches");
