import { afterEach, describe, expect, it } from 'vitest';
import type { DeregisterResult } from '../../core/run/deregistration.ts';
import { USED_BY_PERMISSIONS } from '../../sandbox/authentik/permissions.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { failDeregistration, startDeregistration, strikeStep, untilStep } from './deregistering.ts';
import { holdStep } from './holds.ts';
import { useTestBed, type TestBed } from './testBed.ts';

let bed: TestBed;
useTestBed({}, (started) => {
  bed = started;
});
afterEach(() => {
  for (const name of USED_BY_PERMISSIONS) bed.world.permissions.add(name);
});

describe('a release that does not show the secret of a provider', () => {
  it('is no reason to refuse the next run, and a secret that differs is', async () => {
    bed.world.faults.add({ system: 'authentik', effect: { kind: 'behaviour', name: 'hidesSecret' } });
    expect((await bed.register('hidden', clientNamed('hidden'))).outcome).toBe('registered');
    expect((await bed.register('hidden', clientNamed('hidden'))).outcome).toBe('unchanged');
    const provider = bed.world.authentik.database.rows.providers.find((row) => row.client_id === 'hidden');
    if (provider === undefined) throw new Error('not registered');
    const right = provider.client_secret;
    provider.client_secret = 'another-secret-of-this-client';
    const failure = await bed.fail('hidden', clientNamed('hidden'));
    expect(failure.message).toContain('differs from the secret of Authentik provider');
    provider.client_secret = right;
  });
});

describe('a token that lacks a view which the question for users trips over', () => {
  it('is refused before anything is written, with its name', async () => {
    const before = await bed.world.snapshot();
    bed.world.permissions.delete('view_scimsourceuser');
    const failure = await bed.fail('early', clientNamed('early'));
    expect(failure.type).toBe('Unauthorized');
    expect(failure.message).toContain('authentik_sources_scim.view_scimsourceuser');
    await bed.expectAsBefore(before);
  });

  it('does without it for a client without groups', async () => {
    bed.world.permissions.delete('view_scimsourceuser');
    const client = clientNamed('bare');
    const spec = { ...client.spec, groups: [], access: { groups: ['authentik Admins'] } };
    expect((await bed.register('bare', { ...client, spec })).outcome).toBe('registered');
  });

  it('is refused before a client is taken out, and what it cannot be asked about later stays', async () => {
    expect((await bed.register('zot')).outcome).toBe('registered');
    const before = await bed.world.snapshot();
    bed.world.permissions.delete('view_scimsourcegroup');
    const failure = await failDeregistration(bed, 'zot');
    expect(failure.type).toBe('Unauthorized');
    expect(failure.message).toContain('authentik_sources_scim.view_scimsourcegroup');
    await bed.expectAsBefore(before);

    bed.world.permissions.add('view_scimsourcegroup');
    await strikeStep(bed.world, 'landChange', 'hold');
    const handle = await startDeregistration(bed, 'zot');
    await untilStep(bed, handle, 'landChange');
    bed.world.permissions.delete('view_scimsourcegroup');
    const { kept } = (await bed.result(handle)) as unknown as DeregisterResult;
    expect(kept.map(({ why }) => why)).toContain(
      'who uses it cannot be asked: the token lacks authentik_sources_scim.view_scimsourcegroup.',
    );
    const { rows } = bed.world.authentik.database;
    expect(rows.groups.map((row) => row.name)).toContain('artifact-workloads');
  });

  it('ends an undo at once that lost it in mid-run: what cannot be asked about is kept and listed', async () => {
    await holdStep(bed.world, 'verifyRegistration', { land: 'last' });
    await failStep(bed.world, 'landChange', { land: 'last', slug: 'late', mayApply: true });
    const handle = await bed.start('late', clientNamed('late'));
    await bed.untilRunning(handle, 'verifyRegistration');
    bed.world.permissions.delete('view_groupancestrynode');

    const failure = await bed.failure(handle);

    expect(failure.type).toBe('UndoIncomplete');
    expect(failure.kept.map(({ what, why }) => [what.replace(/ \(id .*/, ''), why])).toEqual([
      [
        'Authentik group late-bots',
        'who uses it cannot be asked: the token lacks authentik_core.view_groupancestrynode.',
      ],
      ['Authentik service account svc-late', 'its group late-bots is kept.'],
    ]);
    const { rows } = bed.world.authentik.database;
    expect(rows.groups.map((row) => row.name)).toContain('late-bots');
    expect(rows.applications.map((row) => row.slug)).not.toContain('late');
  });
});

it('two passing 401s in the middle of an undo leave nothing behind', async () => {
  await bed.heal();
  await bed.world.settled();
  const before = await bed.world.snapshot();
  await failStep(bed.world, 'landChange', { land: 'last', slug: 'renewed', mayApply: true });
  const expired = { kind: 'error', status: 401, body: { detail: 'Token invalid/expired' } } as const;
  // An undo alone deletes; the first thing is gone when the token is renewed.
  bed.world.faults.add({ system: 'authentik', method: 'DELETE', after: 1, times: 2, effect: expired });

  const failure = await bed.fail('renewed', clientNamed('renewed'));

  expect(failure.kept).toEqual([]);
  expect(failure.message).toContain('Everything is as it was.');
  await bed.heal();
  await bed.expectAsBefore(before);
});
