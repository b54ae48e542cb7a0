import { isProxy } from "node:util/types";

/**
 * What a model throws may be anything: a Proxy whose traps throw, an Error whose message is a Symbol, a text. Nothing is
 * asked of it but here, where no answer and none can do harm.
 */

/** `instanceof`; a Proxy is of no class, as it may say what it likes. */
export function isA<T>(thrown: unknown, Kind: abstract new (...args: never[]) => T): thrown is T {
  try {
    return !isProxy(thrown) && thrown instanceof Kind;
  } catch {
    return false;
  }
}

export const isError = (thrown: unknown): thrown is Error => isA(thrown, Error);

/** What the model has thrown last, and where: what is no Error cannot say that itself. */
let last: { readonly thrown: unknown; readonly at: Error } | undefined;

/** What a guard in the user's file asks before each `throw`. */
export function noteThrown<T>(thrown: T): T {
  last = { thrown, at: new Error("thrown") };
  return thrown;
}

/** An error whose stack says where something was thrown, if it is known. */
export const thrownAt = (thrown: unknown): Error | undefined =>
  last && Object.is(last.thrown, thrown) ? last.at : undefined;

/** The same of what was thrown last, for an error that Node.js has put in its place. */
export const thrownLast = (): Error | undefined => last?.at;

/** A property of an error, if it is a text. */
function textOf(error: Error, key: "message" | "name" | "stack"): string | undefined {
  try {
    const said: unknown = error[key];
    return typeof said === "string" ? said : undefined;
  } catch {
    return undefined;
  }
}

/** What was thrown, whatever it is, in one line. */
export function shown(thrown: unknown): string {
  if (typeof thrown === "function") return "a function";
  try {
    const [line, more] = String(thrown).split("\n", 2);
    const text = more === undefined ? line! : `${line!}...`;
    return typeof thrown === "string" ? `'${text}'` : text;
  } catch {
    return "what cannot be shown";
  }
}

/** What an error says in one line. */
export function messageOf(error: Error): string {
  const said = textOf(error, "message");
  return said === undefined ? "an error that cannot be shown" : said.split("\n")[0]!.trim();
}

/** The same with its name: `TypeError: ...`. */
export const titleOf = (error: Error): string => [textOf(error, "name"), messageOf(error)].filter(Boolean).join(": ");

/** Its stack, as JavaScript gives one to each error; nothing if the model has put something else in its place. */
export const stackOf = (error: Error): string | undefined => textOf(error, "stack");

/** The lines of its stack that are below its message, which may have lines that look like them. */
export function linesOfStack(error: Error): readonly string[] {
  const stack = stackOf(error) ?? "";
  const message = textOf(error, "message") ?? "";
  const begin = stack.indexOf(message);
  return (begin < 0 ? stack : stack.slice(begin + message.length)).split("\n");
}
