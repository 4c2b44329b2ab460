import { describe, expect, it } from 'vitest';
import { checkWorkflowId, type CheckResult } from '../../core/check/finding.ts';
import { TASK_QUEUE } from '../../core/taskQueue.ts';
import { useTestBed, type TestBed } from './testBed.ts';

// Check and repair where others deploy, or where the job's token may not apply blueprints.

async function check({ client }: TestBed): Promise<CheckResult> {
  const options = { taskQueue: TASK_QUEUE, workflowId: checkWorkflowId('zot'), args: [{ client: 'zot' }] };
  return (await client.workflow.execute('checkClient', options)) as CheckResult;
}

function removeBindings({ world }: TestBed): void {
  const { rows } = world.authentik.database;
  const target = rows.applications.find(({ slug }) => slug === 'zot')?.pk;
  rows.bindings = rows.bindings.filter((row) => row.target !== target);
}

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
