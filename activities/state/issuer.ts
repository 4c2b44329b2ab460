import { issuerWarning, type IssuerWarning } from '../../core/authentik/issuer.ts';
import type { Names } from '../../core/names/names.ts';
import type { Deps } from '../deps.ts';

/** Whether Authentik tells the client's issuer at its address; undefined where it does, or has no such client. */
export async function foreignIssuer(
  { authentik, installation }: Pick<Deps, 'authentik' | 'installation'>,
  { slug }: Pick<Names, 'slug'>,
): Promise<IssuerWarning | undefined> {
  const document = await authentik.discoveryDocument(slug);
  return document && issuerWarning(installation.authentik.url, document.issuer);
}
