/** What is told where the search attribute by which runs are found is of another type than Keyword. */
export function otherSearchType(type: string): string {
  return `the search attribute OidcClient is of type ${type}, not Keyword, so runs are not found by it: remove it (\`temporal operator search-attribute remove --name OidcClient\`) and create it as Keyword`;
}
