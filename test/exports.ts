import { loadTests } from "./suite.ts";

await loadTests("exports");
