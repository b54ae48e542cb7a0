/** The colours of the CPUs, in every picture. */
export const CPUS = [
  { fill: "#dbe9f6", line: "#2b6cb0" },
  { fill: "#e3f1de", line: "#2f855a" },
  { fill: "#fbecd4", line: "#b7791f" },
  { fill: "#ebe2f4", line: "#6b46c1" },
  { fill: "#d9f0f0", line: "#0f766e" },
  { fill: "#f7dfe9", line: "#b83280" },
] as const;
