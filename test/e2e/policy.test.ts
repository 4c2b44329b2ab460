import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { sampleLayout } from '../../sandbox/world/layout.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { useTestBed, type TestBed } from './testBed.ts';

// What a registration may ask for, by a worker whose registrar.yaml says nothing of it.

const { installation, ...layout } = await sampleLayout('manual');
const { policy: _policy, ...plain } = installation;

let bed: TestBed;
useTestBed({ layout: { ...layout, installation: plain } }, (started) => {
  bed = started;
});

it('a registration in the input is refused with everything else that is closed, before anything is changed', async () => {
  const before = await bed.world.snapshot();
  const input = clientNamed('sneak');
  const asked = {
    ...input,
    spec: {
      ...input.spec,
      displayName: 'Sneak',
      access: { everyone: true as const },
      files: [{ path: 'hosts/inventory_plugins/host_list.py', text: 'import os\n' }],
    },
  };

  const failure = await bed.fail('sneak', asked);

  expect(failure.type).toBe('Refused');
  for (const line of [
    'policy: {inline: true}',
    'policy: {everyone: true}',
    'policy: {files: ["hosts/inventory_plugins/host_list.py"]}',
    'policy: {ansible: {destinations: ["/etc/zot/sneak.json"]}}',
  ])
    expect(failure.message).toContain(line);
  await bed.expectAsBefore(before);
});

/** A client of no consumer, whose registration is committed, and what `change` makes of its `spec.groups`. */
async function commit(name: string, groups: readonly object[]): Promise<void> {
  const { consumers: _consumers, ...spec } = clientNamed(name).spec;
  const text = JSON.stringify({ ...clientNamed(name), spec: { ...spec, groups } });
  await bed.world.repository.commitAs('ada', { [`oidc-clients/${name}.yaml`]: text }, `${name} signs in`);
}

it('a service account gets no role of Authentik by a group of others, until a line allows that group', async () => {
  const { rows } = bed.world.authentik.database;
  const role = { pk: randomUUID(), name: 'operator', permissions: ['change_user'] };
  const staff = { pk: randomUUID(), name: 'staff', is_superuser: false, roles: [role.pk] };
  rows.roles.push(role);
  rows.groups.push(staff, { pk: randomUUID(), name: 'night-shift', is_superuser: false, parents: [staff.pk] });
  await commit('climber', [{ name: 'night-shift', serviceAccounts: [{ username: 'svc-climber' }] }]);
  const before = await bed.world.snapshot();

  const failure = await bed.fail('climber');

  expect(failure.type).toBe('Refused');
  expect(failure.message).toContain(
    'spec.groups.0.name: group "night-shift" gives its members role "operator" (by group "staff" above it) in Authentik, and so it would svc-climber',
  );
  expect(failure.message).toContain('policy: {groups: {withRoles: ["night-shift"]}}');
  await bed.expectAsBefore(before);
});

it("a role that people gave a client's own group holds up nothing but another account in it", async () => {
  const own = { name: 'riser-bots', serviceAccounts: [{ username: 'svc-riser' }] };
  await commit('riser', [own]);
  expect((await bed.register('riser')).outcome).toBe('registered');
  const { rows } = bed.world.authentik.database;
  const role = { pk: randomUUID(), name: 'auditor', permissions: ['view_user'] };
  rows.roles.push(role);
  const group = rows.groups.find(({ name }) => name === own.name);
  if (group !== undefined) group.roles = [role.pk];

  await commit('riser', [own, { name: 'riser-more' }]);
  expect((await bed.register('riser')).outcome).toBe('registered');

  const another = { ...own, serviceAccounts: [...own.serviceAccounts, { username: 'svc-riser-2' }] };
  await commit('riser', [another, { name: 'riser-more' }]);
  expect((await bed.fail('riser')).message).toContain('policy: {groups: {withRoles: ["riser-bots"]}}');
});

it('a registration that is reviewed in Git and asks for nothing that is closed is registered', async () => {
  const { consumers: _consumers, ...spec } = clientNamed('plain').spec;
  const text = JSON.stringify({ ...clientNamed('plain'), spec });
  await bed.world.repository.commitAs('ada', { 'oidc-clients/plain.yaml': text }, 'plain signs in');
  expect((await bed.register('plain')).outcome).toBe('registered');
});
