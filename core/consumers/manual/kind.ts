import { fillPlaceholders } from '../../registration/placeholders.ts';
import { vaultOf } from '../../vault/vaults.ts';
import { isPublic } from '../../names/delivered.ts';
import type { ClientWords, ConsumerKind } from '../kind.ts';
import type { ManualConsumer } from './schema.ts';

/** What only a person configures, in a web interface or on a device. The job writes nothing for it. */
export const manual: ConsumerKind<ManualConsumer> = {
  kind: 'manual',
  target: (consumer, client) => ({ name: consumer.name, by: 'person', byHand: stepsOf(consumer, client) }),
  remaining(consumer, client) {
    const steps = stepsOf(consumer, client);
    return [`by hand, ${consumer.name}:${steps.startsWith('\n') ? '' : ' '}${steps}`];
  },
  removedByHand: ({ removal = ['take client <<clientId>> out of its configuration'] }, client) =>
    filled(removal, client),
};

/** What a person does, and where the secret is read. */
function stepsOf({ steps }: ManualConsumer, client: ClientWords): string {
  const { vaultField } = client.names;
  const vault = vaultOf(client.installation, client.names);
  const said = filled(steps, client);
  if (isPublic(client.names) || said.includes(vault.reference(vaultField))) return said;
  return `${said}${said.includes('\n') ? '\n' : ' '}(the secret: ${vault.readCommand(vaultField)})`;
}

function filled(lines: readonly string[], { names, installation }: ClientWords): string {
  const { clientId, issuer, vaultField } = names;
  const values = { clientId, issuer, secretReference: vaultOf(installation, names).reference(vaultField) };
  const steps = lines.map((text) => fillPlaceholders(text.trimEnd(), values));
  // A sentence, or else lines that begin where a person can paste them from.
  return steps.some((text) => text.includes('\n')) ? `\n${steps.join('\n')}` : steps.join('; ');
}
