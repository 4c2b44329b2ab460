import { expect, it } from 'vitest';
import { checkDroppedSecrets } from '../../activities/change/droppedConsumers.ts';
import type { Deps } from '../../activities/deps.ts';
import { readRegistration } from '../../core/readFiles.ts';
import { sampleLayout } from '../../sandbox/layout.ts';

const { files } = await sampleLayout('consumers');
const before = readRegistration(files['oidc-clients/photos.yaml'] ?? '', 'photos.yaml');
const without = { ...before, spec: { ...before.spec, consumers: [] } };
const FILE = 'apps/photos/external-secret.yaml';
const MANIFEST = 'apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: photos-oidc\n';

function checked(registration: typeof before, text: string | undefined): Promise<void> {
  const deps = {
    runs: { registeredAs: async () => before },
    git: { readFile: async (_: string, path: string) => (path === FILE ? text : undefined) },
  } as unknown as Deps;
  return checkDroppedSecrets(deps, { client: 'photos', registration, base: 'base' });
}

it('an ExternalSecret that is no longer named is refused while its file has it', async () => {
  await expect(checked(without, MANIFEST)).rejects.toThrow(
    `the registration of photos no longer names its ExternalSecret photos/photos-oidc, which ${FILE} still holds`,
  );
  await expect(checked(before, MANIFEST)).resolves.toBeUndefined();
  await expect(checked(without, undefined)).resolves.toBeUndefined();
  await expect(checked(without, MANIFEST.replace('photos-oidc', 'other'))).resolves.toBeUndefined();
});
