import { stringify } from 'yaml';
import { z } from 'zod';
import { clientName, consumer } from './registration.ts';

/**
 * What a run leaves in Git beside the registration, for what no system shows: where the secret was brought, and what was there
 * before. It is a claim, never a proof: it can make the job keep more, and never delete more.
 */

/**
 * - `made`: a run of the client made it.
 * - `adopted`: it was there when the registration first asked for it.
 * - `unknown`: it was there, and nothing tells since when.
 */
const originSchema = z.enum(['made', 'adopted', 'unknown']);

export type Origin = z.output<typeof originSchema>;

export const recordSchema = z.object({
  apiVersion: z.literal('oidc-registrar/v1'),
  kind: z.literal('OidcClientRecord'),
  metadata: z.object({ name: clientName }),
  delivered: z.object({
    consumers: z.array(consumer).describe('Consumers whose entries the job wrote, as their registration said it'),
    files: z.array(z.string()).describe('Further files of the registration'),
    earlier: z
      .enum(['known', 'unknown'])
      .describe('unknown: when this was written first, nothing told what the client had been registered with'),
  }),
  origin: z
    .object({
      groups: z.record(z.string(), originSchema),
      serviceAccounts: z.record(z.string(), originSchema),
      vaultField: originSchema,
    })
    .describe('made, adopted (it was there before) or unknown'),
  vaultItem: z
    .object({ title: z.string(), id: z.string() })
    .optional()
    .describe('The vault item that the client has for itself, as it was found: another one of its title is not it'),
  authentik: z.string().describe('Version of Authentik that it was registered with or changed under'),
});

export type RegistrationRecord = z.output<typeof recordSchema>;

/** What is known of a client that no system shows: from its record, or from an earlier run's history where it has none. */
export type KnownFacts = Pick<RegistrationRecord, 'delivered' | 'origin'>;

const HEADER = `# Written by oidc-registrar, for what it can read nowhere else. It keeps things from being deleted and proves nothing:
# without it the job deletes less. It comes, changes and goes with the client's own changes.
`;

export function renderRecord(record: RegistrationRecord): string {
  return HEADER + stringify(record, { lineWidth: 0, aliasDuplicateObjects: false });
}
