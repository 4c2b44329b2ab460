import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Cluster, KubernetesObject, ObjectRef } from '../../integrations/kubernetes/cluster.ts';
import { createCluster } from '../../integrations/kubernetes/clientNode.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import type { World } from '../../sandbox/world/world.ts';
import { deregister } from '../e2e/deregistering.ts';
import { rotatable } from '../e2e/rotationFaults.ts';
import { useTestBed, type TestBed } from '../e2e/testBed.ts';
import { eventually } from '../fixtures/polling.ts';
import { FLUX_WORLDS, isReal } from './backends.ts';
import { condition } from './flux/driver.ts';
import { fluxLayout, type Release } from './flux/layout.ts';
import { applyRoles, may, rolesOf, type Rule } from './roles.ts';

const KUSTOMIZATION: ObjectRef = {
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  namespace: 'flux-system',
  name: 'identity',
};
const SOURCE: ObjectRef = {
  ...KUSTOMIZATION,
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'GitRepository',
  name: 'flux-system',
};
const PATIENCE_MS = 60_000;
const RELEASE: ObjectRef = {
  apiVersion: 'helm.toolkit.fluxcd.io/v2',
  kind: 'HelmRelease',
  namespace: 'identity',
  name: 'authentik',
};
const REFS = { kustomizations: KUSTOMIZATION, gitrepositories: SOURCE, helmreleases: RELEASE } as const;
/** A release that is rolled back when its pods are not ready in time. */
const REMEDIED = { timeout: '30s', remediation: { retries: 0, remediateLastFailure: true } };
const LAYOUTS = { envFrom: await fluxLayout(), env: await fluxLayout(withVariables) };
const KUSTOMIZE_FILE = 'apps/identity/kustomization.yaml';

describe.each(FLUX_WORLDS)('under Flux on $name', { timeout: 300_000 }, ({ options }) => {
  describe('where envFrom brings the secrets', () => {
    let bed: TestBed;
    useTestBed({ ...options, layout: LAYOUTS.envFrom }, (started) => {
      bed = started;
    });
    let mend: () => Promise<unknown> = async () => undefined;
    beforeEach(async () => bed.world.settled());
    afterEach(async () => {
      await mend();
      mend = async () => undefined;
    });

    it.each(['syncBlueprint', 'verifyRegistration'] as const)(
      'a registration that fails in %s is reverted, and everything is as it was',
      async (step) => {
        const before = await bed.world.snapshot();
        await failStep(bed.world, step, { land: 'first', slug: 'zot', mayApply: true });

        const failure = await bed.fail('zot');

        expect(failure.kept).toEqual([]);
        await bed.expectAsBefore(before);
      },
    );

    it.each([
      ['Kustomization', KUSTOMIZATION],
      ['HelmRelease', RELEASE],
    ] as const)('a suspended %s is told before anything is changed', async (_kind, ref) => {
      const person = await asFlux(bed.world);
      await person.mergePatch(ref, { spec: { suspend: true } });
      mend = async () => person.mergePatch(ref, { spec: { suspend: false } });
      const before = await bed.world.snapshot();

      const failure = await bed.fail('zot');

      expect(failure.message).toMatch(/suspend/);
      expect(failure.kept).toEqual([]);
      expect(await bed.world.snapshot()).toEqual(before);
    });

    /** Each right of the Role for Flux is needed, and asked for in time. */
    it
      .runIf(options.hosting !== undefined)
      .each(
        ['kustomizations', 'gitrepositories', 'helmreleases'].flatMap((resource) =>
          ['get', 'patch'].map((verb) => [verb, resource] as const),
        ),
      )('without the right to %s %s a run is refused before anything is changed', async (verb, resource) => {
      mend = await withoutRight(bed.world, verb, resource);
      const before = await bed.world.snapshot();

      const failure = await bed.fail('zot');

      expect(failure.message).toContain(`cannot ${verb} resource "${resource}"`);
      expect(failure.kept).toEqual([]);
      expect(await bed.world.snapshot()).toEqual(before);
    });

    it("a build that fails is told in Flux's words, and nothing of the run stays", async () => {
      const good = await bed.world.repository.read(KUSTOMIZE_FILE);
      const files = { [KUSTOMIZE_FILE]: `${good}  - ./nowhere.yaml\n` };
      await bed.world.repository.commitAs('ada', files, 'Add what is not there');
      mend = async () => bed.world.repository.commitAs('ada', { [KUSTOMIZE_FILE]: good }, 'Take it out');
      const ask = { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': 'after-the-mistake' } } };
      await bed.world.cluster.mergePatch(SOURCE, ask);
      await eventually(
        () => bed.world.cluster.get(KUSTOMIZATION),
        (found) => condition(found as KubernetesObject)?.reason === 'BuildFailed',
        PATIENCE_MS,
      );
      const vault = bed.world.connect.snapshot();

      const failure = await bed.fail('zot');

      expect(failure.message).toContain('kustomize build failed');
      expect(failure.kept).toEqual([]);
      expect(bed.world.connect.snapshot()).toEqual(vault);
    });

    it('a registration ends well, and the same again changes nothing', async () => {
      const result = await bed.register('zot');

      expect(result.outcome).toBe('registered');
      expect(result.checks.filter((check) => !check.ok)).toEqual([]);
      expect((await bed.register('zot')).outcome).toBe('unchanged');
    });

    it('a change, a rotation and a deregistration end well', async () => {
      const before = await bed.world.snapshot();
      const registration = rotatable('filed', 'flux');
      expect((await bed.register('filed', registration)).outcome).toBe('registered');
      await bed.world.consumer.byHand('filed');

      const redirectUris = [...registration.spec.redirectUris, 'https://filed.example/more'];
      const changed = { ...registration, spec: { ...registration.spec, redirectUris } };
      expect((await bed.register('filed', changed)).outcome).toBe('registered');
      expect((await bed.rotate('filed', changed)).outcome).toBe('rotated');
      expect(await bed.world.consumer.works('filed')).toBe(true);

      const result = await deregister(bed, 'filed', { registration: changed, purge: true });
      expect(result.outcome).toBe('deregistered');
      expect(result.kept).toEqual([]);
      await bed.expectAsBefore(before);
    });
  });

  describe('where Helm gives the worker its variables', () => {
    let bed: TestBed;
    useTestBed({ ...options, layout: LAYOUTS.env }, (started) => {
      bed = started;
    });

    it('an upgrade that is rolled back fails the registration, and everything is as it was', async () => {
      await bed.world.settled();
      const before = await bed.world.snapshot();
      bed.world.faults.add({ system: 'kubelet', effect: { kind: 'behaviour', name: 'rolloutNeverEnds' } });

      const failure = await bed.fail('zot');

      expect(failure.message).toMatch(/Helm upgrade failed/);
      expect(failure.kept).toEqual([]);
      bed.world.faults.clear('kubelet');
      await bed.expectAsBefore(before);
    });

    it('a registration and its deregistration end well', async () => {
      await bed.world.settled();
      expect((await bed.register('zot')).outcome).toBe('registered');
      expect((await deregister(bed, 'zot', { client: 'zot', purge: true })).outcome).toBe('deregistered');
    });
  });
});

/** Takes one right out of the worker's Role for Flux; gives what puts it back. */
async function withoutRight({ hosting }: World, verb: string, resource: string): Promise<() => Promise<unknown>> {
  if (!isReal(hosting)) throw new TypeError('not on real clusters');
  const { admin, identity, names } = hosting;
  const ref = REFS[resource as keyof typeof REFS];
  const group = ref.apiVersion.replace(/\/.*/, '');
  const { namespace, name } = ref;
  const allowed = (): Promise<boolean> => may(identity.workload, { namespace, name, group, resource, verb });
  const roles = await rolesOf('flux', names);
  const less = roles.map((role) => {
    const rules = role['rules'] as readonly Rule[] | undefined;
    const without = rules?.map((rule) =>
      rule.resources[0] === resource ? { ...rule, verbs: rule.verbs.filter((each) => each !== verb) } : rule,
    );
    return without === undefined ? role : { ...role, rules: without.filter(({ verbs }) => verbs.length > 0) };
  });
  await applyRoles(admin.workload, less);
  await eventually(allowed, (it) => !it);
  return async () => {
    await applyRoles(admin.workload, roles);
    await eventually(allowed, (it) => it);
  };
}

/** As the command `flux` writes: what kubectl sets, kustomize-controller takes away from what it deploys. */
async function asFlux({ dir, installation }: World): Promise<Cluster> {
  const name = installation.authentik.cluster;
  const kubeconfig = path.join(dir, `controllers-${name}.kubeconfig`);
  return createCluster({ name, kubeconfig, timeoutMs: 10_000, fieldManager: 'flux' });
}

/** No Secret is taken whole: each client's variable is one of the values. */
function withVariables(spec: Release['spec']): Release['spec'] {
  const name = 'GRAFANA_OIDC_SECRET';
  const env = [{ name, valueFrom: { secretKeyRef: { name: 'authentik-env', key: name } } }];
  return { ...spec, upgrade: REMEDIED, values: { ...spec.values, global: { env } } };
}
