import { expect, it } from 'vitest';
import { sampleLayout } from '../../sandbox/layout.ts';
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

it('a registration that is reviewed in Git and asks for nothing that is closed is registered', async () => {
  const { consumers: _consumers, ...spec } = clientNamed('plain').spec;
  const text = JSON.stringify({ ...clientNamed('plain'), spec });
  await bed.world.repository.commitAs('ada', { 'oidc-clients/plain.yaml': text }, 'plain signs in');
  expect((await bed.register('plain')).outcome).toBe('registered');
});
