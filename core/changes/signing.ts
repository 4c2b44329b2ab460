import { PROVIDER } from '../edits/blueprint/models.ts';
import { ownSection, type Scope, type SectionTexts } from '../edits/blueprint/scopedSection.ts';
import type { WantedState } from '../authentik/wantedState.ts';
import type { Registration } from '../registration/registration.ts';

/** What becomes of tokens where a provider without a signing key gets one (Authentik: HS256 by the client secret, without a key). */
export const SIGNED_ANEW =
  'a provider without a signing key signs with the client secret (HS256), and a consumer that is set to that takes no token that a certificate has signed';

/** A warning where a client's section names no signing key, its registration asks for none, and so a run gives it that of all. Pure. */
export function signingWarnings(
  texts: SectionTexts,
  scope: Scope,
  { provider }: WantedState,
  { spec }: Registration,
): readonly string[] {
  if (spec.provider?.signingKey !== undefined) return [];
  const providers = ownSection(texts, scope)?.entries.filter(({ model }) => model === PROVIDER) ?? [];
  if (!providers.some(({ values }) => (values['signing_key'] ?? '') === '')) return [];
  return [
    `its section names no signing_key, and a run writes certificate "${provider.signingKey}" (provider.signingKey of registrar.yaml): where the provider has none in Authentik, its tokens are signed otherwise from then on; ${SIGNED_ANEW}. Another certificate is asked for by spec.provider.signingKey`,
  ];
}
