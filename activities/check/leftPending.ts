import { RegistrarError, unlessRefused } from '../../core/base/errors.ts';
import { clientOfField, fillPattern } from '../../core/names/names.ts';
import type { Deps } from '../deps.ts';
import { changeIn, pendingChanges } from '../state/pendingFields.ts';

/**
 * Clients without a registration of which the vault holds a pending field, and no run is open: a write that came after the undo
 * of its run. None where the vault cannot be read: the looks at it say so.
 */
export async function clientsLeftPending(deps: Deps, registered: ReadonlySet<string>): Promise<readonly string[]> {
  const found = new Set<string>();
  const contents = await unlessRefused(async () => deps.vault.read());
  for (const { label } of contents?.fields ?? []) {
    const field = changeIn(label)?.vaultField;
    const client = field === undefined ? undefined : clientOfField(deps.installation.naming.vaultField, field);
    if (client !== undefined && !registered.has(client)) found.add(client);
  }
  const closed: string[] = [];
  for (const client of found) if (!(await deps.runs.isOpen(deps.runs.idOf(client)))) closed.push(client);
  return closed;
}

/** What is wrong with a client that has no registration, where it is a pending field. */
export async function leftPending(deps: Deps, client: string): Promise<RegistrarError | undefined> {
  const field = fillPattern(deps.installation.naming.vaultField, client, '');
  if (clientOfField(deps.installation.naming.vaultField, field) !== client) return undefined;
  const contents = await deps.vault.read();
  const pending = pendingChanges(contents, field);
  if (pending.length === 0) return undefined;
  return new RegistrarError({
    system: contents.system,
    kind: 'Refused',
    message: `${contents.place} holds a pending field of ${field} (change ${pending.join(', ')}), and client ${client} has no registration`,
    remedy: `Nothing uses it: remove it from the vault, or register ${client}, which goes on with it.`,
  });
}
