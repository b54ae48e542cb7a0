import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";

// This file runs as <package>/.build/test/report/schema.js.
const SCHEMA = fileURLToPath(new URL("../../../docs/result.schema.json", import.meta.url));

/** The schema, but for what it says of fields to come: a test shall notice a field that it does not describe. */
const closed = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, closed(value)] as const);
  return { ...Object.fromEntries(entries), ...("properties" in schema && { additionalProperties: false }) };
};

export const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
/** Whether a value is a document that docs/result.schema.json describes, with no field that it does not name. */
export const isResult = ajv.compile(closed(JSON.parse(readFileSync(SCHEMA, "utf8"))) as object);
