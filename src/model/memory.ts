export const MEMORY_MODELS = ["sc", "tso", "lkmm"] as const;

/** sc: sequential consistency; tso: an x86, with a store buffer for each CPU; lkmm: the Linux-kernel memory model. */
export type MemoryModel = (typeof MEMORY_MODELS)[number];

/** Those that let a CPU see memory otherwise than the others. */
export const WEAK_MODELS = ["tso", "lkmm"] as const satisfies readonly MemoryModel[];

export type WeakModel = (typeof WEAK_MODELS)[number];

/** Where nobody says which. */
export const DEFAULT_MEMORY = "sc" satisfies MemoryModel;

/** How a run is named by its memory model: not at all, where it is the default. */
export const underMemory = (memory: MemoryModel = DEFAULT_MEMORY): readonly string[] =>
  memory === DEFAULT_MEMORY ? [] : ["under", memory];
