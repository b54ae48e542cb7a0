export const MEMORY_MODELS = ["sc", "tso", "lkmm"] as const;

/** sc: sequential consistency; tso: an x86, with a store buffer for each CPU; lkmm: the Linux-kernel memory model. */
export type MemoryModel = (typeof MEMORY_MODELS)[number];
