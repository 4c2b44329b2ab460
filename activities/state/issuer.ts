import { issuerWarning, type IssuerWarning } from '../../core/authentik/issuer.ts';
import { unlessRefused } from '../../core/base/errors.ts';
import type { Names } from '../../core/names/names.ts';
import type { Deps } from '../deps.ts';

/**
 * Whether Authentik tells the client's issuer at its address; undefined where it does, has no such client, or does not answer: that
 * the discovery document answers is proven elsewhere, and a warning is no reason to fail.
 */
export async function foreignIssuer(
  { authentik, installation }: Pick<Deps, 'authentik' | 'installation'>,
  { slug }: Pick<Names, 'slug'>,
): Promise<IssuerWarning | undefined> {
  const document = await unlessRefused(async () => authentik.discoveryDocument(slug));
  return document && issuerWarning(installation.authentik.url, document.issuer);
}
