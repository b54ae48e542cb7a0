/** The changes that the brackets of a text name, each as `field: from -> to` with the field's whole name. */
export function changesIn(text: string): readonly string[] {
  return [...text.matchAll(/\[ (\S+: .*? -> .*?) \]/g)].flatMap(([, bracket]) => {
    const parts = bracket!.split(", ");
    // Fields of one word: their owner stands before the first one.
    const owner = parts.length > 1 ? /^(\S+): (?=\S+: )/.exec(bracket!) : null;
    if (!owner) return parts;
    return [parts[0]!.slice(owner[0].length), ...parts.slice(1)].map((part) => `${owner[1]}.${part}`);
  });
}
