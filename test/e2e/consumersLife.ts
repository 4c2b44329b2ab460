import type { WorkflowHandle } from '@temporalio/client';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { CheckResult } from '../../core/check/finding.ts';
import { parseFault } from '../../sandbox/faults/parseFault.ts';
import { sampleLayout } from '../../sandbox/world/layout.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import type { World } from '../../sandbox/world/world.ts';
import { deregister, failDeregistration, strikeStep } from './deregistering.ts';
import { useTestBed, type TestBed, type TestBedOptions } from './testBed.ts';
import { garbageIsCollected } from '../fixtures/garbage.ts';
import { eventually } from '../fixtures/polling.ts';
import { IDS } from '../../core/run/ids.ts';

// A service on the cluster of Argo CD, in a namespace and an Application of its own, that reads the secret through its own
// ExternalSecret; a phone that only a person configures; and a changelog fragment. Its whole life, in order.

const FILE = 'apps/photos/external-secret.yaml';
const REGISTRATION = 'oidc-clients/photos.yaml';
const FRAGMENT = 'changelog.d/oidc-photos.feature.md';
const live = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', namespace: 'photos', name: 'photos-oidc' };

/** Makes the service's Secret never come; gives what mends it again. */
export type NeverReady = (world: World) => Promise<() => Promise<void>>;

export const neverReady: NeverReady = async (world) => {
  await world.addFaults(parseFault('externalSecrets:neverReady=clientSecret'));
  return () => world.clearFaults();
};

/** The tests of such a service, in order, on stand-ins or on real clusters. */
export function describeConsumers(options: TestBedOptions, withhold: NeverReady): void {
  let bed: TestBed;
  let before: unknown;
  let mend: () => Promise<void> = async () => undefined;
  useTestBed({ layout: 'consumers', ...options }, (started) => {
    bed = started;
  });
  beforeAll(async () => {
    await garbageIsCollected(bed.world.argocd);
    await bed.world.settled();
    before = await bed.world.snapshot();
  });
  const healed = async (): Promise<void> => {
    const last = mend;
    mend = async () => undefined;
    await last();
  };
  afterEach(healed);

  /** Values of the service's Secret on the cluster of Argo CD. */
  async function secret(): Promise<Readonly<Record<string, string>> | undefined> {
    const ref = { apiVersion: 'v1', kind: 'Secret', namespace: 'photos', name: 'photos-oidc' };
    const data = (await bed.world.argocd.get(ref))?.['data'] as Record<string, string> | undefined;
    if (data === undefined) return undefined;
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
    );
  }

  function inVault(): string | undefined {
    const fields = bed.world.connect.store.all().flatMap((item) => item.fields);
    return fields.find(({ label }) => label === 'photos-client-secret')?.value;
  }

  async function pods(): Promise<readonly string[]> {
    const all = await bed.world.argocd.list({ apiVersion: 'v1', kind: 'Pod', namespace: 'photos' });
    return all.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(({ metadata }) => metadata.name);
  }

  it('a registration that fails after the delivery takes the ExternalSecret away again', async () => {
    await failStep(bed.world, 'landChange', { land: 'last', slug: 'photos', mayApply: true });

    const failure = await bed.fail('photos');

    expect(failure.kept).toEqual([]);
    expect(failure.undone).toContain('ExternalSecret photos/photos-oidc of cluster hub is gone');
    expect(await secret()).toBeUndefined();
    await bed.expectAsBefore(before);
  });

  it('one that is cancelled while it delivers does too', async () => {
    mend = await withhold(bed.world);
    const handle = await bed.start('photos');
    await bed.untilRunning(handle, 'deliverToConsumers');

    await handle.cancel();

    expect((await bed.failure(handle)).cancelled).toBe(true);
    await bed.expectAsBefore(before);
  });

  it('one that is terminated while it delivers is finished by the next run', async () => {
    mend = await withhold(bed.world);
    const handle = await bed.start('photos');
    await bed.untilRunning(handle, 'deliverToConsumers');
    await eventually(
      async () => bed.world.argocd.get(live),
      (object) => object !== undefined,
    );
    await handle.terminate();
    await healed();
    // Taken back, so that what follows begins anew.
    const result = await bed.register('photos', { client: 'photos', takeBack: true });

    expect(result.outcome).toBe('takenBack');
    expect(result.changed).toContain('ExternalSecret photos/photos-oidc of cluster hub is gone');
    await bed.expectAsBefore(before);
  });

  it('a registration brings the secret to the other cluster, and tells what is for people', async () => {
    const result = await bed.register('photos');

    const [value, data] = [inVault(), await secret()];
    expect(data?.['client-secret']).toBe(value);
    expect(data?.['settings.yaml']).toContain(`clientId: photos\n  clientSecret: ${value}\n`);
    expect(Object.keys(data ?? {})).toEqual(['client-secret', 'settings.yaml']);
    expect(result.checks.map(({ name }) => name)).toContain(
      'ExternalSecret photos/photos-oidc of cluster hub delivers the secret',
    );
    expect(result.remaining).toEqual([
      expect.stringContaining('kubectl -n photos rollout restart deployment photos'),
      expect.stringMatching(/^by hand, Photos on the phone: .*op read op:\/\/\S+\/\S+\/photos-client-secret$/),
    ]);
    expect(await bed.world.repository.read('apps/photos/kustomization.yaml')).toContain(
      'waits\n  - external-secret.yaml\n',
    );
    expect(await bed.world.repository.read(FRAGMENT)).toBe('Photos signs in through Authentik.\n');
  });

  it('is as asked afterwards, also once a release has taken the changelog fragment up', async () => {
    await bed.world.repository.commitAs('ada', { [FRAGMENT]: null }, 'Release 1.4');

    expect((await bed.register('photos')).outcome).toBe('unchanged');
    expect((await check()).findings).toEqual([]);
  });

  it('a changed template is rewritten and delivered, and comes back where the change does not land', async () => {
    const registration = await bed.world.repository.read(REGISTRATION);
    await bed.world.repository.commitAs(
      'ada',
      { [REGISTRATION]: registration.replace('oauth:', 'login:') },
      'Photos 5',
    );
    await bed.world.settled();
    const registered = await bed.world.snapshot();
    await failStep(bed.world, 'landChange', { land: 'last', slug: 'photos', mayApply: true });

    expect((await bed.fail('photos')).kept).toEqual([]);
    await bed.expectAsBefore(registered);
    await bed.heal();

    expect((await bed.register('photos')).changed).toContain(FILE);
    expect((await secret())?.['settings.yaml']).toMatch(/^login:/);
  });

  it('a consumer that is no longer named loses its ExternalSecret, and has it again where the change does not land', async () => {
    const registration = await bed.world.repository.read(REGISTRATION);
    const { spec, ...rest } = parse(registration) as { spec: { consumers: { kind: string }[] } };
    const consumers = spec.consumers.filter(({ kind }) => kind === 'manual');
    const without = stringify({ ...rest, spec: { ...spec, consumers } });
    await bed.world.repository.commitAs('ada', { [REGISTRATION]: without }, 'Photos signs in by itself');
    await bed.world.settled();
    const registered = await bed.world.snapshot();
    await failStep(bed.world, 'landChange', { land: 'last', slug: 'photos', mayApply: true });

    const failure = await bed.fail('photos');
    expect(failure.kept).toEqual([]);
    expect(failure.undone).toContain('ExternalSecret photos/photos-oidc of cluster hub is there again');
    await bed.expectAsBefore(registered);
    await bed.heal();

    await bed.register('photos');
    expect(await secret()).toBeUndefined();
    await expect(bed.world.repository.read(FILE)).rejects.toThrow();

    await bed.world.repository.commitAs('ada', { [REGISTRATION]: registration }, 'Not yet');
    await bed.register('photos');
    expect((await secret())?.['client-secret']).toBe(inVault());
  });

  it('a check finds what was changed in the cluster, and a repair brings it back', async () => {
    await bed.world.argocd.mergePatch(live, { spec: { target: { template: { data: { 'client-secret': 'x' } } } } });

    const [finding] = (await check()).findings;
    expect(finding?.what).toBe(
      'ExternalSecret photos/photos-oidc of cluster hub is otherwise at /spec/target/template/data/client-secret',
    );

    expect((await bed.register('photos', { client: 'photos', repair: true })).outcome).toBe('repaired');
    expect((await secret())?.['client-secret']).toBe(inVault());
    await expect(bed.world.repository.read(FRAGMENT)).rejects.toThrow();
  });

  /** A rotation that a person is at hand for, as far as what only they can confirm. */
  async function rotationToConfirm(): Promise<WorkflowHandle> {
    const handle = await bed.startRotation('photos');
    await bed.until(
      handle,
      (view) => view.steps.some(({ name, state }) => name === 'ready' && state === 'running'),
      'ready',
    );
    await handle.executeUpdate('ready');
    await bed.until(
      handle,
      (view) => view.steps.some(({ note }) => note?.includes('--name confirm') === true),
      'confirm',
    );
    return handle;
  }

  it('a rotation refreshes it, rolls what reads it, and asks a person for the phone', async () => {
    const [old, oldPods] = [inVault(), await pods()];
    const handle = await rotationToConfirm();
    expect(inVault()).not.toBe(old);
    expect((await secret())?.['client-secret']).toBe(inVault());
    expect(await pods()).not.toEqual(oldPods);
    await handle.executeUpdate('confirm');

    expect(await bed.resultOf(handle)).toMatchObject({
      outcome: 'rotated',
      changed: expect.arrayContaining(['ExternalSecret photos/photos-oidc', 'Photos on the phone']) as unknown,
    });
  });

  it('a rotation that fails brings the old secret back to it', async () => {
    const old = inVault();
    const handle = await rotationToConfirm();

    await handle.cancel();
    await handle.result().catch(() => undefined);

    expect(inVault()).toBe(old);
    expect((await secret())?.['client-secret']).toBe(old);
  });

  it('a deregistration is refused while the service reads the Secret, and nobody has seen to the phone', async () => {
    const refused = await failDeregistration(bed, 'photos');

    expect(refused.message).toContain(
      'apps/photos/deployment.yaml:24 reads Secret photos-oidc, which holds its credentials',
    );
    expect(refused.message).toContain('whether Photos on the phone still uses client photos only a person can tell');
    expect(refused.message).toContain('`oidc-registrar deregister photos --done-by-hand`');
  });

  it('one that fails leaves it delivered, and one that ends well leaves nothing', async () => {
    const text = await bed.world.repository.read('apps/photos/deployment.yaml');
    const { [REGISTRATION]: registration = '' } = (await sampleLayout('consumers')).files;
    await bed.world.repository.commitAs(
      'ada',
      { 'apps/photos/deployment.yaml': text.replace('photos-oidc', 'photos-local') },
      'Local accounts',
    );
    await bed.world.syncService();
    await bed.world.settled();
    const registered = await bed.world.snapshot();
    await strikeStep(bed.world, 'landChange', 'fail');
    const input = { client: 'photos', doneByHand: true };

    const failure = await failDeregistration(bed, 'photos', input);

    expect(failure.kept).toEqual([]);
    await bed.expectAsBefore(registered);
    expect((await secret())?.['client-secret']).toBe(inVault());
    await bed.heal();

    const result = await deregister(bed, 'photos', { ...input, purge: true });
    expect(result.removed).toContain('ExternalSecret photos/photos-oidc of cluster hub');
    await expect(bed.world.repository.read(FILE)).rejects.toThrow();
    await bed.world.repository.commitAs(
      'ada',
      { 'apps/photos/deployment.yaml': text, 'oidc-clients/photos.yaml': registration },
      'Back',
    );
    await bed.world.syncService();
    // The vault keeps the date of the rotation.
    await bed.world.settled();
    expect(within(await bed.world.snapshot())).toEqual(within(before));
  });

  async function check(): Promise<CheckResult> {
    const options = { taskQueue: IDS.taskQueue, workflowId: IDS.check('photos'), args: [{ client: 'photos' }] };
    return (await bed.client.workflow.execute('checkClient', options)) as CheckResult;
  }
}

/** Both clusters and the files of the repository. */
function within(snapshot: unknown): { readonly clusters: unknown; readonly files: unknown } {
  const { management, workload, repository } = snapshot as {
    management: unknown;
    workload: unknown;
    repository: { files: unknown };
  };
  return { clusters: { management, workload }, files: repository.files };
}
