import { stringify } from 'yaml';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CheckResult } from '../../core/check/finding.ts';
import type { RotateResult } from '../../core/run/rotation.ts';
import { CHANGES, changed, registered } from './changes.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { deregister, expectSameState } from './deregistering.ts';
import { useTestBed, type TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

let bed: TestBed;
// Of the two clients only the second has its id from the variable that the pattern gives.
const naming = { clientIdEnvVar: 'KEPT_{NAME}_ID' };
useTestBed({ adjust: (all) => ({ ...all, naming: { ...all.naming, ...naming } }) }, (started) => {
  bed = started;
});

const ID = 'Kx9Qm2Vt7Rb4Wz1Ls8Hc3Nd6Pf5Gj0Yk2Tq9Xv7B';

async function check(client: string): Promise<readonly string[]> {
  const options = { taskQueue: IDS.taskQueue, workflowId: IDS.check(client), args: [{ client }] };
  const { findings }: CheckResult = await bed.client.workflow.execute('checkClient', options);
  return findings.map(({ what }) => what);
}

describe('a client that people gave an id from a variable', () => {
  const base = registered('varied');
  const client = { ...base, spec: { ...base.spec, clientId: { envVar: 'VARIED_CLIENT_ID' } } };
  const template = 'roles/zot/templates/varied.json.j2';
  const read = (file: string): Promise<string> => bed.world.repository.read(file);
  const worker = () => bed.world.installation.authentik.deployment.file;
  const blueprints = () => bed.world.installation.authentik.blueprints.file;
  const provider = () => bed.world.authentik.database.rows.providers.find(({ name }) => name === 'Client varied');

  beforeAll(async () => {
    await bed.register('varied', base);
    const variable = `            - name: VARIED_CLIENT_ID\n              value: ${ID}\n`;
    const land = async (files: Readonly<Record<string, string>>): Promise<void> => {
      await bed.world.repository.commitAs('ada', files, 'Give it an id of its own');
      await bed.world.fullSync();
      await bed.world.settled();
    };
    // The variable first: Authentik resolves it when it applies the blueprint, and not again.
    await land({ [worker()]: (await read(worker())).replace(/^ {10}env:\n/m, (line) => line + variable) });
    const ofVariable = 'client_id: !Env [VARIED_CLIENT_ID, none]';
    await land({
      [blueprints()]: (await read(blueprints())).replace('client_id: varied', ofVariable),
      [template]: (await read(template)).replace('"varied"', `"${ID}"`),
    });
    expect(provider()?.client_id).toBe(ID);
  });

  it('is adopted as it stands', async () => {
    const head = await bed.world.repository.head();

    expect((await bed.register('varied', client)).outcome).toBe('unchanged');

    expect(await bed.world.repository.head()).toBe(head);
    await bed.world.repository.commitAs('ada', { 'oidc-clients/varied.yaml': stringify(client) }, 'Say what is asked');
    expect(await check('varied')).toEqual([]);
  });

  it('keeps its id through a change and a rotation, which test the secret with it', async () => {
    const asked = changed(client, CHANGES[0] as (typeof CHANGES)[number]);
    await bed.world.repository.commitAs('ada', { 'oidc-clients/varied.yaml': stringify(asked) }, 'Ask for more');
    const result = await bed.register('varied');
    expect(result.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(await read(blueprints())).toContain('client_id: !Env [VARIED_CLIENT_ID, none]');
    expect(await read(template)).toContain(`"${ID}"`);
    expect(provider()?.redirect_uris).toHaveLength(2);

    const handle = await bed.startRotation('varied');
    const asks = (name: string) => (view: { steps: readonly { name: string; note?: string }[] }) =>
      view.steps.some((each) => each.name === name && each.note?.includes('waits for a person') === true);
    await bed.until(handle, asks('ready'), 'the question');
    await handle.executeUpdate('ready');
    await bed.until(handle, asks('distribute'), 'the turn of the person');
    await bed.world.consumer.byHand('varied');
    await handle.executeUpdate('confirm');
    expect((await bed.resultOf<RotateResult>(handle)).outcome).toBe('rotated');
    expect(provider()?.client_id).toBe(ID);
  });

  it('is refused where Authentik does not have its provider by that name', async () => {
    const spec = { ...client.spec, providerName: 'Client varied elsewhere' };
    const failure = await bed.fail('varied', { ...client, spec });
    expect(failure.message).toContain('the client id of variable VARIED_CLIENT_ID cannot be read');
  });

  it('leaves the variable to people when it is deregistered', async () => {
    const result = await deregister(bed, 'varied');

    expect(result.outcome).toBe('deregistered');
    expect(result.remaining).toContainEqual(expect.stringMatching(/^variable VARIED_CLIENT_ID of Authentik's worker/));
    expect(await read(worker())).toContain('VARIED_CLIENT_ID');
    expect(await read(blueprints())).not.toContain('varied');
    expect(provider()).toBeUndefined();
  });
});

describe('a client whose id the job keeps', () => {
  const base = registered('keeper');
  const client = { ...base, spec: { ...base.spec, clientId: { envVar: 'KEPT_KEEPER_ID', value: 'keeper.example' } } };
  const read = (file: string): Promise<string> => bed.world.repository.read(file);
  const item = () => bed.world.connect.item(bed.world.installation.vault.itemId);
  let before: unknown;

  beforeAll(async () => {
    await bed.world.settled();
    before = await bed.world.snapshot();
  });

  it('has it in an entry of the ExternalSecret and of the Deployment, and a check finds nothing', async () => {
    await failStep(bed.world, 'verifyRegistration', { land: 'last', slug: 'keeper', mayApply: true });
    expect((await bed.fail('keeper', client)).kept).toEqual([]);
    await bed.expectAsBefore(before);
    await bed.heal();

    const result = await bed.register('keeper', client);

    expect(result.checks.filter(({ ok }) => !ok)).toEqual([]);
    const { externalSecret, deployment, blueprints } = bed.world.installation.authentik;
    expect(await read(externalSecret.file)).toContain('secretKey: keeper-client-id');
    expect(await read(deployment.file)).toContain('name: KEPT_KEEPER_ID');
    expect(await read(blueprints.file)).toContain('client_id: !Env KEPT_KEEPER_ID');
    const { rows } = bed.world.authentik.database;
    expect(rows.providers.find(({ name }) => name === 'Client keeper')?.client_id).toBe('keeper.example');
    expect(await read('roles/zot/templates/keeper.json.j2')).toContain('"keeper.example"');
    const file = { 'oidc-clients/keeper.yaml': stringify(client) };
    await bed.world.repository.commitAs('ada', file, 'Say what is asked');
    expect(await check('keeper')).toEqual([]);
  });

  it('is repaired where its field is gone from the vault, and refused where that holds something else', async () => {
    const { itemId } = bed.world.installation.vault;
    const whole = structuredClone(item().fields);
    bed.world.connect.edit(itemId, (each) => {
      // With the note that the job has made of it.
      const gone = each.fields.find(({ label }) => label === 'keeper-client-id')?.id ?? '';
      each.fields = each.fields.filter(({ id, label }) => id !== gone && label?.includes(gone) !== true);
    });
    expect((await check('keeper')).join()).toContain('has no field "keeper-client-id", which keeps the client id');
    expect((await bed.register('keeper', { client: 'keeper', repair: true })).outcome).toBe('repaired');
    expect(item().fields.find(({ label }) => label === 'keeper-client-id')?.value).toBe('keeper.example');
    expect(item().fields).toHaveLength(whole.length);

    const id = item().fields.find(({ label }) => label === 'keeper-client-id');
    bed.world.connect.edit(itemId, (each) => {
      for (const field of each.fields) if (field.id === id?.id) field.value = 'somebody-elses-secret';
    });
    const failure = await bed.fail('keeper');
    expect(failure.message).toContain('holds something else than the client id "keeper.example"');
    expect(failure.message).not.toContain('somebody-elses-secret');
    bed.world.connect.edit(itemId, (each) => {
      for (const field of each.fields) if (field.id === id?.id) field.value = 'keeper.example';
    });
  });

  it('leaves nothing when it is deregistered', async () => {
    const result = await deregister(bed, 'keeper', { registration: client, purge: true });
    expect([result.outcome, result.kept]).toEqual(['deregistered', []]);
    expect(result.remaining.join()).not.toContain('KEPT_KEEPER_ID');
    await expectSameState(bed, before);
  });
});
