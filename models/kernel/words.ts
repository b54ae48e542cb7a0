/**
 * Labels in the words of a release, of a path that two releases share but for them: those before v5.16 say of pages what later
 * ones say of folios.
 */
export const wordsOf = (release: string) => {
  const hasFolios = !/^v5\.(?:\d|1[0-5])$/.test(release);
  return <Page extends string, Folio extends string>(page: Page, folio: Folio): Page | Folio =>
    hasFolios ? folio : page;
};
