import { beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { CheckResult } from '../../core/check/finding.ts';
import { CHANGES, changed, failChange, registered } from './changes.ts';
import { useTestBed, type TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

let bed: TestBed;
useTestBed({}, (started) => {
  bed = started;
});

/** What people had set by hand: no registration can say the first, and none of these says the others. */
const BY_HAND: readonly (readonly [string, string])[] = [
  ['policy_engine_mode: any', 'policy_engine_mode: all'],
  ['sub_mode: hashed_user_id', 'sub_mode: user_email'],
  ['timeout: 30', 'timeout: 60'],
];

describe('an application whose members must be in every group', () => {
  const base = registered('closed');
  const client = { ...base, spec: { ...base.spec, access: { groups: ['gardeners', 'closed-bots'] } } };
  const row = () => {
    const application = bed.world.authentik.database.rows.applications.find(({ slug }) => slug === 'closed');
    if (application === undefined) throw new Error('not registered');
    return application;
  };
  const section = async (): Promise<string> => {
    const text = await bed.world.repository.read(bed.world.installation.authentik.blueprints.file);
    return text.slice(text.indexOf('  closed.yaml: |'));
  };

  beforeAll(async () => {
    await bed.register('closed', client);
    const { file } = bed.world.installation.authentik.blueprints;
    const whole = await bed.world.repository.read(file);
    const byHand = BY_HAND.reduce((text, [from, to]) => text.replaceAll(from, to), await section());
    const before = whole.slice(0, whole.indexOf('  closed.yaml: |'));
    await bed.world.repository.commitAs('ada', { [file]: before + byHand }, 'Close it');
    await bed.world.fullSync();
    await bed.world.settled();
    expect(row().policy_engine_mode).toBe('all');
  });

  it('stays so when it is adopted with a change, and what else is changed is told', async () => {
    const result = await bed.register('closed', changed(client, CHANGES[0] as (typeof CHANGES)[number]));

    expect(result.checks.filter((check) => !check.ok)).toEqual([]);
    expect(row().policy_engine_mode).toBe('all');
    expect(await section()).toContain('policy_engine_mode: all');
    expect(await section(), 'what means nothing to a group is left to people').toContain('timeout: 60');
    expect(result.warnings.filter((warning) => /keeps|changes/.test(warning))).toEqual([
      expect.stringContaining('keeps policy_engine_mode "all" of application closed'),
      expect.stringContaining('changes the provider\'s subMode from "user_email" to "hashed_user_id"'),
    ]);
  });

  it('is unchanged when it runs again, and a check alarms where somebody opens it', async () => {
    const asked = changed(client, CHANGES[0] as (typeof CHANGES)[number]);
    expect((await bed.register('closed', asked)).outcome).toBe('unchanged');
    await bed.world.repository.commitAs('ada', { 'oidc-clients/closed.yaml': stringify(asked) }, 'Say what is asked');
    const options = { taskQueue: IDS.taskQueue, workflowId: IDS.check('closed'), args: [{ client: 'closed' }] };
    const check = async (): Promise<CheckResult> => bed.client.workflow.execute('checkClient', options);
    expect((await check()).findings).toEqual([]);
    row().policy_engine_mode = 'any';
    expect((await check()).findings).toMatchObject([
      { severity: 'alarm', what: 'the application\'s policyEngineMode is "any", not "all"' },
    ]);
    row().policy_engine_mode = 'all';
  });

  it('gets its mode and the values of its bindings back when a change fails', async () => {
    for (const binding of bed.world.authentik.database.rows.bindings.filter(({ target }) => target === row().pk))
      Object.assign(binding, { failure_result: true, timeout: 7 });
    const before = await bed.world.snapshot();
    await failChange(bed.world, 'verifyRegistration', { land: 'last', slug: 'closed' });

    const failure = await bed.fail('closed', client);

    expect(failure.kept).toEqual([]);
    await bed.expectAsBefore(before);
  });

  it('is not opened without a word where somebody opened it in the admin interface', async () => {
    row().policy_engine_mode = 'any';
    const failure = await bed.fail('closed', changed(client, CHANGES[0] as (typeof CHANGES)[number]));
    expect(failure.message).toContain('the application\'s policyEngineMode is "any", not "all"');
  });

  it('is opened and closed again by the word of the registration, and who gets in is told before', async () => {
    row().policy_engine_mode = 'all';
    const asked = changed(client, CHANGES[0] as (typeof CHANGES)[number]);
    const withMode = (mode: 'any' | 'all') => ({
      ...asked,
      spec: { ...asked.spec, access: { groups: ['gardeners', 'closed-bots'], mode } },
    });
    expect((await bed.register('closed', withMode('all'))).outcome).toBe('unchanged');

    const opened = await bed.register('closed', withMode('any'));

    expect(opened.warnings).toContain(
      'widens who may sign in to application closed: so far only who is in every one of gardeners, closed-bots, then who is in any of gardeners, closed-bots',
    );
    expect(opened.warnings.join()).not.toContain('does not ask for');
    expect(row().policy_engine_mode).toBe('any');
    expect(await section()).toContain('policy_engine_mode: any');

    const closed = await bed.register('closed', withMode('all'));

    expect(closed.warnings.join()).not.toMatch(/widens|keeps policy_engine_mode/);
    expect(row().policy_engine_mode).toBe('all');
  });
});
