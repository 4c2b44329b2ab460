import { describe, expect, it } from 'vitest';
import { sampleLayout, type Layout } from '../../sandbox/world/layout.ts';
import { deregister } from './deregistering.ts';
import { LONG } from './long.ts';
import { rotatable } from './rotationFaults.ts';
import { useTestBed, type TestBed } from './testBed.ts';

const registration = rotatable('keyed');

/** The sample with a store of 1Password's SDK in place of one of Connect. */
async function bySdk(): Promise<Layout> {
  const { files, installation, ...sample } = await sampleLayout('manual');
  const { file } = installation.authentik.externalSecret;
  const { itemId } = installation.vault;
  const entries = (files[file] ?? '').replaceAll(/key: .*\n +property: (.*)/g, `key: ${itemId}/$1`);
  const store = (files[sample.storeFile] ?? '').replace(
    /onepassword:\n[^]*$/,
    `onepasswordSDK:
      vault: orchard
      auth:
        serviceAccountSecretRef: { name: connect-token, namespace: vault, key: token }
`,
  );
  return {
    ...sample,
    installation: { ...installation, vault: { ...installation.vault, storeProvider: 'onepasswordSDK' } },
    files: { ...files, [file]: entries, [sample.storeFile]: store },
  };
}

const LAYOUT = await bySdk();

describe.runIf(LONG)('where External Secrets reads the vault by 1Password’s SDK', () => {
  let bed: TestBed;
  useTestBed({ layout: LAYOUT }, (started) => {
    bed = started;
  });

  it('a client is registered by a key of item and field, rotated and taken out', async () => {
    const { file } = bed.world.installation.authentik.externalSecret;
    const before = await bed.world.repository.read(file);
    expect((await bed.register('keyed', registration)).outcome).toBe('registered');
    expect(await bed.world.repository.read(file)).toMatch(/key: \S+\/keyed-client-secret\n/);
    await bed.world.consumer.byHand('keyed');
    expect((await bed.register('keyed', registration)).outcome).toBe('unchanged');
    expect((await bed.rotate('keyed', registration)).outcome).toBe('rotated');
    expect(await bed.world.consumer.works('keyed')).toBe(true);
    expect((await deregister(bed, 'keyed', registration)).outcome).toBe('deregistered');
    expect(await bed.world.repository.read(file)).toBe(before);
  });
});
