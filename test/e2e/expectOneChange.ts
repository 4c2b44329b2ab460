import { expect } from 'vitest';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import type { TestBed } from './testBed.ts';

/** The client is registered whole: one secret, one change on the target branch, nothing left over; a further run agrees. */
export async function expectOneChange(bed: TestBed, registration: RegistrationInput, base: string): Promise<void> {
  const { name } = registration.metadata;
  const { world } = bed;
  const item = world.connect.item(world.installation.vault.itemId);
  const labels = item.fields.map((field) => field.label ?? '').filter((label) => label.startsWith(name));
  expect(labels).toEqual([`${name}-client-secret`]);
  const provider = world.authentik.database.rows.providers.filter((row) => row.client_id === name);
  expect(provider.map((row) => row.client_secret)).toEqual([
    item.fields.find((field) => field.label === labels[0])?.value,
  ]);
  const changes = await changeIds(bed, base);
  expect(new Set(changes).size).toBe(1);
  expect(await world.repository.branches()).toEqual([world.repository.branch]);
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'argocd' };
  expect(await world.argocd.list(lease)).toEqual([]);
  const again = await bed.register(name, registration);
  expect(again.outcome).toBe('unchanged');
}

/** `Registrar-Change` of each commit since a base. */
async function changeIds({ world }: TestBed, base: string): Promise<readonly string[]> {
  const { repository } = world;
  const lines = await repository.log(`${base}..${repository.branch}`);
  const bodies = await Promise.all(lines.map((line) => repository.message(line.split(' ')[0] ?? '')));
  return bodies.map((body) => /^Registrar-Change: (.+)$/m.exec(body)?.[1] ?? 'none');
}
