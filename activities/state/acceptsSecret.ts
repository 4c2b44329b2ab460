import type { Secret } from '../../core/base/secret.ts';
import type { Deps } from '../deps.ts';

/**
 * Whether Authentik takes this value for the client's secret. Always with a negative control beside it: a public client accepts
 * anything. Nothing else tells, for a release may not show the secret of a provider.
 */
export async function acceptsSecret(
  { authentik, generateSecret }: Pick<Deps, 'authentik' | 'generateSecret'>,
  clientId: string,
  value: Secret,
): Promise<'right' | 'wrong' | 'anything'> {
  if ((await authentik.testSecret(clientId, value)) === 'wrong') return 'wrong';
  return (await authentik.testSecret(clientId, generateSecret())) === 'wrong' ? 'right' : 'anything';
}
