/** Gives out identifiers of a language, each once, that are as near as they can be to what they stand for. */
export class Names {
  private readonly taken: Set<string>;

  /** Nothing is called by a reserved word. */
  constructor(reserved: Iterable<string>) {
    this.taken = new Set([...reserved].map((word) => word.toLowerCase()));
  }

  /**
   * An identifier for one thing more, with `the_` in front where `isTaken` says so. Two that differ in nothing but capitals
   * are one to a reader, so no two do.
   */
  give(text: string, isTaken: (name: string) => boolean = () => false): string {
    const plain = identifier(text);
    const words = isTaken(plain) ? `the_${plain}` : plain;
    for (let n = 1; ; n++) {
      const name = n === 1 ? words : `${words}_${n}`;
      if (this.taken.has(name.toLowerCase())) continue;
      this.taken.add(name.toLowerCase());
      return name;
    }
  }

  /** Others that know of these, and of whom these know nothing: names of a smaller scope. */
  inner(): Names {
    return new Names(this.taken);
  }
}

const LONGEST = 48;

/** `lock_page(page)` as `lock_page_page`, `pages[0].mapcount` as `pages_0_mapcount`. */
export function identifier(text: string): string {
  const words = text.replaceAll(/[^A-Za-z0-9_]+/g, "_").replaceAll(/^_+|_+$/g, "");
  const short = words.length <= LONGEST ? words : words.slice(0, LONGEST).replace(/_[^_]*$/, "");
  return /^[A-Za-z]/.test(short) ? short : `n_${short}`.replace(/_$/, "");
}
