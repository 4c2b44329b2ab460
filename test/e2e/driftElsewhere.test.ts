import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../core/check/finding.ts';
import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { useTestBed, type TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

// Check and repair where others deploy or merge, or where its token may not apply blueprints.

async function check({ client }: TestBed): Promise<CheckResult> {
  const options = { taskQueue: IDS.taskQueue, workflowId: IDS.check('zot'), args: [{ client: 'zot' }] };
  return (await client.workflow.execute('checkClient', options)) as CheckResult;
}

function removeBindings({ world }: TestBed): void {
  const { rows } = world.authentik.database;
  const target = rows.applications.find(({ slug }) => slug === 'zot')?.pk;
  rows.bindings = rows.bindings.filter((row) => row.target !== target);
}

const WORKER = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'identity', name: 'authentik-worker' };

/** By hand, as `kubectl edit` does. */
async function edit(
  { world }: TestBed,
  ref: typeof WORKER,
  change: (object: KubernetesObject) => object,
): Promise<void> {
  const object = await world.cluster.get(ref);
  if (object === undefined) throw new Error(`no ${ref.name}`);
  await world.cluster.mergePatch(ref, change(object));
}

/** The variable reads another client's key. */
async function editVariable(bed: TestBed, worker: typeof WORKER, variable: string, key: string): Promise<void> {
  await edit(bed, worker, ({ spec }) => {
    const containers = structuredClone(spec.template.spec.containers) as {
      env: { name: string; valueFrom?: { secretKeyRef: { key: string } } }[];
    }[];
    for (const { name, valueFrom } of containers[0]?.env ?? [])
      if (name === variable && valueFrom !== undefined) valueFrom.secretKeyRef.key = key;
    return { spec: { template: { spec: { containers } } } };
  });
  await bed.world.settled();
}

const ofKubernetes = ({ findings }: CheckResult): readonly string[] =>
  findings.filter(({ system }) => system === 'Kubernetes').map(({ what }) => what);

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

const CLEAN: CheckResult = { client: 'zot', ok: true, findings: [] };

describe('land: first', () => {
  let bed: TestBed;
  useTestBed({ layout: 'auto' }, (started) => {
    bed = started;
  });

  it('repairs Authentik and rolls a changed secret out, and lands nothing', async () => {
    expect((await bed.register('zot')).outcome).toBe('registered');
    expect(await check(bed)).toEqual(CLEAN);
    const base = await bed.world.repository.head();
    removeBindings(bed);
    bed.world.connect.edit(bed.world.installation.vault.itemId, (item) => {
      const field = item.fields.find(({ label }) => label === 'zot-oidc');
      if (field !== undefined) field.value = 'changed-by-a-person-in-the-vault';
    });
    expect((await check(bed)).findings.map(({ severity, system }) => `${severity} ${system}`)).toEqual([
      'alarm Authentik',
      'drift Authentik',
      'drift External Secrets',
      'drift Authentik',
    ]);

    const { outcome } = await bed.register('zot', { client: 'zot', repair: true });

    expect(outcome).toBe('repaired');
    expect(await check(bed)).toEqual(CLEAN);
    expect(await bed.landedSince(base)).toEqual([]);
  });
});

describe('discovery mode', () => {
  let bed: TestBed;
  useTestBed({ mayApply: false }, (started) => {
    bed = started;
  });

  it('names a person where only another apply mends it, for discovery applies no text twice', async () => {
    expect((await bed.register('zot')).outcome).toBe('registered');
    expect(await check(bed)).toEqual(CLEAN);
    removeBindings(bed);
    const remedy = 'Apply blueprint custom/zot.yaml once in the admin interface';
    const { findings } = await check(bed);
    expect(findings.map(({ severity }) => severity)).toEqual(['alarm', 'drift']);
    for (const finding of findings) expect(finding.remedy).toContain(remedy);
    expect((await bed.fail('zot', { client: 'zot', repair: true })).message).toContain(remedy);

    const { pool, database } = bed.world.authentik;
    const instance = database.rows.instances.find(({ path }) => path === 'custom/zot.yaml');
    if (instance === undefined) throw new Error('no instance');
    pool.enqueueApply(instance);
    await pool.settled();

    expect(await check(bed)).toEqual(CLEAN);
  });
});

describe('where somebody else deploys', () => {
  let bed: TestBed;
  useTestBed({ layout: 'external' }, (started) => {
    bed = started;
  });

  it('a repair says that it waits for them, and ends when they have', async () => {
    expect((await bed.register('zot')).outcome).toBe('registered');
    expect(await check(bed)).toEqual(CLEAN);
    bed.world.faults.add({ system: 'flux', effect: { kind: 'behaviour', name: 'suspended' } });
    await bed.world.settled();
    await editVariable(bed, { ...WORKER, namespace: 'sso', name: 'sso-worker' }, 'ZOT_OIDC', 'grafana-oidc');
    const result = await check(bed);
    expect(ofKubernetes(result)).toEqual([
      'Deployment sso-worker holds ZOT_OIDC otherwise than trunk does, at /valueFrom/secretKeyRef/key',
    ]);
    expect(result.findings[0]?.remedy).toContain('See that whoever deploys trunk does so');

    const handle = await bed.start('zot', { client: 'zot', repair: true });
    const view = await bed.until(
      handle,
      ({ steps }) => steps.some(({ name, note }) => name === 'syncBlueprint' && note?.includes('waits') === true),
      'the wait',
    );
    expect(view.warnings).toContain(
      'the live Deployment sso-worker does not hold our entry as the target branch does: the run does not deploy it, but waits until somebody does',
    );
    bed.world.faults.clear();

    expect((await bed.result(handle)).outcome).toBe('repaired');
    expect(await check(bed)).toEqual(CLEAN);
  });
});

describe('landing by pull request', () => {
  let bed: TestBed;
  useTestBed(
    {
      layout: 'auto',
      adjust: (installation) => ({ ...installation, gitops: { ...installation.gitops, landBy: 'pullRequest' } }),
    },
    (started) => {
      bed = started;
    },
  );

  const onBranches = async (): Promise<readonly string[]> =>
    (await check(bed)).findings
      .filter(({ what }) => what.startsWith('branch '))
      .map(({ what, remedy }) => `${what.replace(UUID, 'ID')} / ${remedy.replace(UUID, 'ID')}`)
      .toSorted();

  it('names the branches that a dead run left for people, also where its own branch is gone', async () => {
    const handle = await bed.start('zot');
    await bed.until(
      handle,
      ({ steps }) => steps.some(({ note }) => note?.startsWith('waits for the merge') === true),
      'a proposal',
    );
    await handle.terminate();
    expect(await onBranches()).toEqual([
      'branch oidc-registrar-change/zot-ID proposes the change of a run that ended half-way / oidc-registrar repair zot',
      'branch oidc-registrar/zot-ID is of a run that ended half-way / oidc-registrar repair zot',
    ]);

    const own = (await bed.world.repository.branches()).find((name) => name.startsWith('oidc-registrar/zot-'));
    await bed.world.repository.deleteBranch(own ?? '');

    expect(await onBranches()).toEqual([
      'branch oidc-registrar-change/zot-ID proposes the change of a run that ended half-way / `git push origin --delete oidc-registrar-change/zot-ID`',
    ]);
  });
});
