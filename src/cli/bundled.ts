import type { Claim } from "../model/claim.ts";
import type { Scenario } from "../model/scenario.ts";

/** The scenarios that come with faultline. Loaded when needed: help and user's own files do without. */
export async function bundledScenarios(): Promise<readonly Scenario[]> {
  // Before the models are loaded, so that errors name their lines in the TypeScript source.
  process.setSourceMapsEnabled(true);
  const { scenarios } = await import("../../models/scenarios/index.ts");
  return scenarios;
}

/** The claims that come with faultline. */
export async function bundledClaims(): Promise<readonly Claim[]> {
  process.setSourceMapsEnabled(true);
  const { claims } = await import("../../models/claims/lock-page-series.ts");
  return claims;
}
