/** Something of a run that a person can open. */
export interface Link {
  readonly text: string;
  readonly address: string;
}

/** Addresses of pages, but for what a run puts behind them. */
export interface Pages {
  /** Of a commit, without its id; absent where the forge is not known. */
  readonly commit?: string;
  /** Of an application in Authentik's admin interface, without its slug. */
  readonly application: string;
  /** Of the Application that deploys Authentik, in Argo CD's UI; absent where that is not known. */
  readonly deployed?: string;
}

/** What a run that ended well can be looked at by. `slug` is that of the application, where it has one now. */
export function linksOf(
  pages: Pages | undefined,
  { slug, commit }: { readonly slug: string | undefined; readonly commit: string | undefined },
): readonly Link[] {
  const links: Link[] = [];
  if (pages?.commit !== undefined && commit !== undefined)
    links.push({ text: `commit ${commit.slice(0, 12)}`, address: `${pages.commit}${commit}` });
  if (pages !== undefined && slug !== undefined)
    links.push({
      text: `application ${slug} in Authentik`,
      address: `${pages.application}${encodeURIComponent(slug)}`,
    });
  if (pages?.deployed !== undefined) links.push({ text: 'the Application in Argo CD', address: pages.deployed });
  return links;
}
