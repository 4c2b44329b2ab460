import { z } from 'zod';
import { fillPlaceholders } from './placeholders.ts';
import type { Installation } from './installation.ts';
import type { Names } from './resolve.ts';
import { MANY, oneLine, probe } from './schemaParts.ts';

/** A line for people; longer ones belong into a document that it names. */
const line = oneLine.describe('<<clientId>>, <<issuer>> and <<secretReference>> are replaced');

/** A consumer that only a person can configure: in a web interface, on a device. */
export const manualConsumer = z.strictObject({
  kind: z.literal('manual'),
  name: oneLine.describe('What it is, for people'),
  steps: z.array(line).min(1).max(MANY).describe('What a person does to give it the secret'),
  removal: z.array(line).max(MANY).optional().describe('What a person does before the client is deregistered'),
  probe,
});

export type ManualConsumer = z.output<typeof manualConsumer>;

export const MANUAL_PLACEHOLDERS = ['clientId', 'issuer', 'secretReference'];

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
