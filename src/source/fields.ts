import { childrenOf, type Syntax } from "./grammar.ts";
import { lastName, type NameTable } from "./names.ts";
import { operatorOf, unwrapped } from "./syntax.ts";

/** The shared fields that an expression names; `deep`: also below its operators. */
export function fieldsIn(node: Syntax, names: NameTable, deep: boolean): readonly string[] {
  const own = ((): readonly string[] => {
    if (node.type === "field_expression") {
      const [object, member] = [node.childForFieldName("argument")!, node.childForFieldName("field")!];
      return names.isField(object.text, member.text) ? [member.text] : [];
    }
    if (isEntry(node)) {
      const argument = unwrapped(node.childForFieldName("argument")!);
      // `*&x` is x.
      if (argument.type === "pointer_expression" && operatorOf(argument) === "&")
        return deep ? [] : fieldsIn(argument.childForFieldName("argument")!, names, deep);
      const pointer = lastName(argument.text);
      return names.names.entries.includes(pointer) ? [`*${pointer}`] : [];
    }
    return [];
  })();
  const isThrough = deep || /^(?:parenthesized|update|subscript)_/.test(node.type);
  const more =
    isThrough && node.type !== "call_expression" ? childrenOf(node).flatMap((one) => fieldsIn(one, names, deep)) : [];
  return [...own, ...more];
}

/** `*pte`, and `pte[0]`, which is the same. */
const isEntry = (node: Syntax): boolean =>
  node.type === "subscript_expression" || (node.type === "pointer_expression" && operatorOf(node) === "*");
