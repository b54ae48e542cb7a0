/** Which page a primitive is about: a part of primitives.ts. */
import type { Operation } from "faultline";
import type { Kernel, PageDraft } from "./world.ts";

/** The locals of a path that has found its page. */
export interface OfPage {
  readonly page: PageDraft | null;
}
export interface FindsPage {
  page: PageDraft | null;
}
type WhichPage<M> = (k: Kernel, me: M) => PageDraft | null;

/** The primitive, of another page than the one in the local `page`: put_page(newpage) is `of(newpage, putPage)`. */
export const of = <M, R>(which: WhichPage<M>, primitive: Operation<Kernel, OfPage, R>): Operation<Kernel, M, R> =>
  primitive.with((k: Kernel, me: M) => ({ page: which(k, me) }));

export const filePage = ({ page }: Kernel): PageDraft => page;
export const cow = ({ cow }: Kernel): PageDraft => cow;
export const newpage = ({ newpage }: Kernel): PageDraft => newpage;
export const tail = ({ tail }: Kernel): PageDraft => tail;
