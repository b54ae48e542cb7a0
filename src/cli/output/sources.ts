import { readFileSync } from "node:fs";

/** Reads source files, each once. */
export function sourceReader(): (file: string) => string | undefined {
  const known = new Map<string, string | undefined>();
  return (file) => {
    if (!known.has(file)) known.set(file, readSource(file));
    return known.get(file);
  };
}

function readSource(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // Of faultline itself, an installed package has no sources but those of models and specs.
    return undefined;
  }
}
