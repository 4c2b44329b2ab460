import { stringify } from 'yaml';
import { beforeAll, describe, expect, it } from 'vitest';
import { TASK_QUEUE } from '../../core/base/taskQueue.ts';
import { checkWorkflowId } from '../../core/check/finding.ts';
import type { RotateResult } from '../../core/run/rotation.ts';
import { CHANGES, changed, registered } from './changes.ts';
import { deregister } from './deregistering.ts';
import { useTestBed, type TestBed } from './testBed.ts';

let bed: TestBed;
useTestBed({}, (started) => {
  bed = started;
});

const ID = 'Kx9Qm2Vt7Rb4Wz1Ls8Hc3Nd6Pf5Gj0Yk2Tq9Xv7B';

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
  }, 60_000);

  it('is adopted as it stands', async () => {
    const head = await bed.world.repository.head();

    expect((await bed.register('varied', client)).outcome).toBe('unchanged');

    expect(await bed.world.repository.head()).toBe(head);
    await bed.world.repository.commitAs('ada', { 'oidc-clients/varied.yaml': stringify(client) }, 'Say what is asked');
    const options = { taskQueue: TASK_QUEUE, workflowId: checkWorkflowId('varied'), args: [{ client: 'varied' }] };
    expect(await bed.client.workflow.execute('checkClient', options)).toMatchObject({ findings: [] });
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
