import type { Installation } from '../installation/installation.ts';
import type { ManualConsumer } from '../registration/manualConsumer.ts';
import { fillPlaceholders } from '../registration/placeholders.ts';
import type { Names } from './names.ts';

/** What `op read` takes. Vault and item by id, for titles may hold what a reference cannot. Never the value. */
export function secretReference({ vault }: Pick<Installation, 'vault'>, names: Pick<Names, 'vaultField'>): string {
  return `op://${vault.vaultId}/${vault.itemId}/${names.vaultField}`;
}

/** What a person does, as one sentence that says where the secret is read. */
export function manualSteps(
  { steps }: ManualConsumer,
  names: Pick<Names, 'clientId' | 'issuer' | 'vaultField'>,
  installation: Pick<Installation, 'vault'>,
): string {
  const reference = secretReference(installation, names);
  const { clientId, issuer } = names;
  const lines = steps.map((text) => fillPlaceholders(text, { clientId, issuer, secretReference: reference }));
  const said = lines.join('; ');
  return said.includes(reference) ? said : `${said} (the secret: op read "${reference}")`;
}

/** What a person does before the client goes. */
export function manualRemoval(
  { removal }: ManualConsumer,
  names: Pick<Names, 'clientId' | 'issuer' | 'vaultField'>,
  installation: Pick<Installation, 'vault'>,
): string {
  const { clientId, issuer } = names;
  const values = { clientId, issuer, secretReference: secretReference(installation, names) };
  return (removal ?? ['take client <<clientId>> out of its configuration'])
    .map((text) => fillPlaceholders(text, values))
    .join('; ');
}
