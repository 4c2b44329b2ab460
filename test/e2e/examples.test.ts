import { beforeEach, expect, it } from 'vitest';
import { installationSchema } from '../../core/installation/installation.ts';
import { readRegistration } from '../../core/installation/readFiles.ts';
import { resolveNames } from '../../core/names/names.ts';
import { EXAMPLES, examplesLayout } from '../fixtures/examples.ts';
import { useTestBed, type TestBed } from './testBed.ts';

// Every example of docs/examples, registered in one repository that has what they name.

let bed: TestBed;
useTestBed({ layout: await examplesLayout() }, (started) => {
  bed = started;
});
// Access ends since 2026.8. Whether a blueprint may say so nobody has tried; here it may.
beforeEach(() => {
  bed.world.authentik.setVersion('2026.8.7');
  bed.world.faults.add({ system: 'authentik', effect: { kind: 'behaviour', name: 'expiryByBlueprint' } });
});

it.each(EXAMPLES)('%s is registered, proven, and as asked afterwards', async (client) => {
  const file = `oidc-clients/${client}.yaml`;
  const registration = readRegistration(await bed.world.repository.read(file), file);
  const names = resolveNames(registration, installationSchema.parse(bed.world.installation));

  const result = await bed.register(client);

  expect(result.outcome).toBe('registered');
  expect(result.checks.filter(({ ok }) => !ok)).toEqual([]);
  const provider = bed.world.authentik.database.rows.providers.find((row) => row.client_id === names.clientId);
  expect(provider?.redirect_uris.map(({ matching_mode: matchingMode, url }) => ({ matchingMode, url }))).toEqual(
    registration.spec.redirectUris,
  );
});
