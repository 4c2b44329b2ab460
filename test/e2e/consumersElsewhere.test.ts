import { describe, expect, it } from 'vitest';
import { consumerSecret, consumerSecretText } from '../../core/kubernetes/consumerSecret.ts';
import { installationSchema } from '../../core/installation/installation.ts';
import { readRegistration } from '../../core/installation/readFiles.ts';
import { resolveNames } from '../../core/names/names.ts';
import { sampleLayout, type Layout } from '../../sandbox/world/layout.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { withServerSideApply } from '../fixtures/transformed.ts';
import { describeConsumers, neverReady } from './consumersLife.ts';
import { useTestBed, type TestBed } from './testBed.ts';

// Where Argo CD applies by server-side apply.

const byServer = await withServerSideApply('consumers');

describe('with server-side apply', () => describeConsumers({ layout: byServer }, neverReady));

const live = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', namespace: 'photos', name: 'photos-oidc' };

// The same service where Argo CD follows the branch by itself.

const byItself = await automated();

describe('with land: first', () => {
  let auto: TestBed;
  useTestBed({ layout: byItself }, (started) => {
    auto = started;
  });

  it('what has landed is delivered by automated sync, and pruned again where the verification fails', async () => {
    const start = await auto.world.snapshot();
    await failStep(auto.world, 'verifyRegistration', { land: 'first', slug: 'photos', mayApply: true });

    const failure = await auto.fail('photos');

    expect(failure.kept).toEqual([]);
    expect(failure.undone).toContain('ExternalSecret photos/photos-oidc of cluster hub is gone');
    await auto.expectAsBefore(start);
  });

  it('an ExternalSecret that people made is pointed to our field, and back where the verification fails', async () => {
    await auto.world.repository.commitAs('ada', await madeByHand(auto), 'Sign in through Dex');
    await auto.world.settled();
    const start = await auto.world.snapshot();
    const pointsTo = async () => (await auto.world.argocd.get(live))?.['spec'].data[0].remoteRef.property as string;
    await failStep(auto.world, 'verifyRegistration', { land: 'first', slug: 'photos', mayApply: true });

    const failure = await auto.fail('photos');

    expect(failure.kept).toEqual([]);
    expect(failure.message).toContain('Everything is as it was');
    // Automated sync may have followed the revert before the undo came to look; then there was nothing left to do.
    expect(await pointsTo()).toBe('wiki-client-secret');
    await auto.expectAsBefore(start);
    await auto.heal();

    const result = await auto.register('photos');
    expect(result.changed).toContain('apps/photos/external-secret.yaml');
    expect(await pointsTo()).toBe('photos-client-secret');
  });
});

/** What the run would write, in another style and pointing to another field. */
async function madeByHand({ world }: TestBed): Promise<Readonly<Record<string, string>>> {
  const { files } = await sampleLayout('consumers');
  const registration = readRegistration(files['oidc-clients/photos.yaml'] ?? '', 'photos.yaml');
  const [consumer] = registration.spec.consumers;
  if (consumer?.kind !== 'externalSecret') throw new Error('it is another consumer');
  const parsed = installationSchema.parse(world.installation);
  const made = consumerSecretText(consumerSecret(consumer, resolveNames(registration, parsed), parsed));
  return {
    'apps/photos/external-secret.yaml': `# By hand.\n${made.replace('photos-client-secret', "'wiki-client-secret'")}`,
    'apps/photos/kustomization.yaml': `${files['apps/photos/kustomization.yaml']}  - external-secret.yaml\n`,
  };
}

async function automated(): Promise<Layout> {
  const sample = await sampleLayout('consumers');
  const files = Object.entries(sample.files).map(([path, text]) => [
    path,
    path.startsWith('argocd/') ? `${text.trimEnd()}\n  syncPolicy:\n    automated: {}\n` : text,
  ]);
  const { gitops } = sample.installation;
  const installation = { ...sample.installation, gitops: { ...gitops, land: 'first' as const } };
  return { ...sample, files: Object.fromEntries(files), installation };
}

// The registration names another cluster than its Application deploys to.

const mistaken = await onTheWrongCluster();

describe('with a mistaken cluster', () => {
  let wrong: TestBed;
  useTestBed({ layout: mistaken }, (started) => {
    wrong = started;
  });

  it('the run fails, and what went to the other cluster is taken away there', async () => {
    const start = await wrong.world.snapshot();

    const failure = await wrong.fail('photos');

    expect(failure.message).toContain('yet there is no ExternalSecret photos/photos-oidc of cluster edge');
    expect(failure.kept).toEqual([]);
    expect(await wrong.world.argocd.get(live)).toBeUndefined();
    await wrong.expectAsBefore(start);
  });
});

async function onTheWrongCluster(): Promise<Layout> {
  const layout = await sampleLayout('consumers');
  const path = 'oidc-clients/photos.yaml';
  const registration = (layout.files[path] ?? '').replace('      cluster: hub\n', '      cluster: edge\n');
  return { ...layout, files: { ...layout.files, [path]: registration }, furtherNamespace: 'photos' };
}
