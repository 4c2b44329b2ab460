/** Id of a section of the vault item that the job makes. 1Password's apps give random ids, so a section of this id is nobody else's. */
export const OUR_SECTION_ID = 'oidc-registrar';

/** Id of the section of ours that has this name. */
export function sectionIdOf(name: string): string {
  return `${OUR_SECTION_ID}-${name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')}`;
}

/** The sections without those of ours that hold nothing. */
export function withoutEmpty<S extends { readonly id?: string }>(
  sections: readonly S[],
  used: readonly (string | undefined)[],
): S[] {
  return sections.filter(({ id }) => !isOurs(id) || used.includes(id));
}

function isOurs(id: string | undefined): boolean {
  return id === OUR_SECTION_ID || id?.startsWith(`${OUR_SECTION_ID}-`) === true;
}
