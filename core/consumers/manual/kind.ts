import { fillPlaceholders } from '../../registration/placeholders.ts';
import { vaultOf } from '../../vault/vaults.ts';
import type { ClientWords, ConsumerKind } from '../kind.ts';
import type { ManualConsumer } from './schema.ts';

/** What only a person configures, in a web interface or on a device. The job writes nothing for it. */
export const manual: ConsumerKind<ManualConsumer> = {
  kind: 'manual',
  target: (consumer, client) => ({ name: consumer.name, by: 'person', byHand: stepsOf(consumer, client) }),
  remaining: (consumer, client) => [`by hand, ${consumer.name}: ${stepsOf(consumer, client)}`],
  removedByHand: ({ removal = ['take client <<clientId>> out of its configuration'] }, client) =>
    filled(removal, client),
};

/** What a person does, as one sentence that says where the secret is read. */
function stepsOf({ steps }: ManualConsumer, client: ClientWords): string {
  const { vaultField } = client.names;
  const vault = vaultOf(client.installation);
  const said = filled(steps, client);
  return said.includes(vault.reference(vaultField)) ? said : `${said} (the secret: ${vault.readCommand(vaultField)})`;
}

function filled(lines: readonly string[], { names, installation }: ClientWords): string {
  const { clientId, issuer, vaultField } = names;
  const values = { clientId, issuer, secretReference: vaultOf(installation).reference(vaultField) };
  return lines.map((text) => fillPlaceholders(text, values)).join('; ');
}
