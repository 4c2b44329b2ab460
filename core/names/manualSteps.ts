import type { Installation } from '../installation/installation.ts';
import type { ManualConsumer } from '../registration/manualConsumer.ts';
import { fillPlaceholders } from '../registration/placeholders.ts';
import { vaultOf } from '../vault/vaults.ts';
import type { Names } from './names.ts';

/** What a person does, as one sentence that says where the secret is read. */
export function manualSteps(
  { steps }: ManualConsumer,
  names: Pick<Names, 'clientId' | 'issuer' | 'vaultField'>,
  installation: Pick<Installation, 'vault'>,
): string {
  const { clientId, issuer, vaultField } = names;
  const vault = vaultOf(installation);
  const reference = vault.reference(vaultField);
  const lines = steps.map((text) => fillPlaceholders(text, { clientId, issuer, secretReference: reference }));
  const said = lines.join('; ');
  return said.includes(reference) ? said : `${said} (the secret: ${vault.readCommand(vaultField)})`;
}

/** What a person does before the client goes. */
export function manualRemoval(
  { removal }: ManualConsumer,
  names: Pick<Names, 'clientId' | 'issuer' | 'vaultField'>,
  installation: Pick<Installation, 'vault'>,
): string {
  const { clientId, issuer, vaultField } = names;
  const values = { clientId, issuer, secretReference: vaultOf(installation).reference(vaultField) };
  return (removal ?? ['take client <<clientId>> out of its configuration'])
    .map((text) => fillPlaceholders(text, values))
    .join('; ');
}
