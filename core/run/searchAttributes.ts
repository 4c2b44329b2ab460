/** By what runs are found in Temporal's list: of which client they are, where they stand, and how they ended. All are Keywords. */
export const SEARCH_ATTRIBUTES = ['OidcClient', 'OidcPhase', 'OidcOutcome'] as const;
export type SearchAttribute = (typeof SEARCH_ATTRIBUTES)[number];

/** The {@link SEARCH_ATTRIBUTES} that a server has, with their types. */
export type KnownAttributes = Readonly<Partial<Record<SearchAttribute, string>>>;

export const KEYWORD = 'Keyword';

/** The {@link SEARCH_ATTRIBUTES} that a server has not. */
export function missingAttributes(known: KnownAttributes): readonly SearchAttribute[] {
  return SEARCH_ATTRIBUTES.filter((name) => known[name] === undefined);
}

/** What is told of search attributes that are of another type than Keyword, a sentence each: no run sets them. */
export function otherTypes(known: KnownAttributes): readonly string[] {
  return SEARCH_ATTRIBUTES.filter((name) => ![undefined, KEYWORD].includes(known[name])).map(
    (name) =>
      `the search attribute ${name} is of type ${known[name]}, not Keyword, so runs are not found by it: remove it (\`temporal operator search-attribute remove --name ${name}\`) and create it as Keyword`,
  );
}

/** What an operator types who makes them by hand. */
export function createCommand(names: readonly SearchAttribute[]): string {
  return `temporal operator search-attribute create ${names.map((name) => `--name ${name}`).join(' ')} --type Keyword`;
}
