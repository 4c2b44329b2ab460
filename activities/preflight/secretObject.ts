import type { RegistrarError } from '../../core/base/errors.ts';
import { scopeFor } from '../../core/edits/blueprint/scopedSection.ts';
import { secretNameOf } from '../../core/edits/blueprint/sectionFacts.ts';
import { collision } from './authentik.ts';
import type { ClientFacts } from './world.ts';

/**
 * The object of the name that keeps the client's secret must be the client's alone: the blueprint would give another one's a new value,
 * and which of several Authentik finds by a name nobody knows.
 */
export async function secretTaken(client: ClientFacts): Promise<readonly RegistrarError[]> {
  const { deps, names, registration, secretObject, occupied, sections } = client;
  const name = secretObject?.name;
  if (secretObject === undefined || name === undefined) return [];
  const [secret, ...others] = (occupied.secrets ?? []).filter((row) => row.name === name);
  if (secret === undefined) return [];
  if (others.length > 0)
    return [
      collision(`${others.length + 1} secrets are named "${name}"`, 'Rename or delete all but the one that is used.'),
    ];
  const { byName } = occupied;
  const isWritten = secretNameOf(sections, scopeFor(names, registration), secretObject.dialect) === name;
  if (!isWritten && byName?.secret !== secret.pk)
    return [
      collision(
        `secret "${name}" exists; the blueprint would give it another value`,
        'Delete it where nobody uses it, or choose another naming.secretName.',
      ),
    ];
  const users = await deps.authentik.usedBy('secret', secret.pk);
  const foreign = 'lacking' in users ? [] : users.filter(({ pk }) => pk !== String(byName?.pk));
  if (foreign.length === 0) return [];
  return [
    collision(
      `secret "${name}" is used by others as well: ${foreign.map((row) => row.name).join(', ')}`,
      'Give them a secret of their own in the admin interface.',
    ),
  ];
}
