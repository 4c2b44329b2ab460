import { beforeAll, describe, expect, it } from 'vitest';
import { CHANGES, changed, failChange, registered } from './changes.ts';
import { useTestBed, type TestBed } from './testBed.ts';

let bed: TestBed;
useTestBed({}, (started) => {
  bed = started;
});

/** The files as a person would have written them: other order, quotes, comments and references. */
const BY_HAND: readonly (readonly [RegExp, string])[] = [
  [/ {6}client_type: confidential\n {6}client_id: (\S+)\n/, '      client_id: "$1"   # as the service sends it\n'],
  [/ {6}sub_mode: hashed_user_id\n {6}include_claims_in_id_token: true\n/, ''],
  [
    /( {6})grant_types: \[authorization_code, refresh_token\]\n/,
    '$1grant_types:\n$1- refresh_token\n$1- authorization_code\n',
  ],
  [/provider: !KeyOf (\S+)-provider/, 'provider: !Find [authentik_providers_oauth2.oauth2provider, [client_id, $1]]'],
  [/ {6}policy_engine_mode: any\n/, '      meta_description: made by hand\n'],
  [/ {6}enabled: true\n {6}negate: false\n {6}timeout: 30\n/, ''],
];

describe('a client that was registered by hand', () => {
  const client = registered('byhand');
  const files = () => {
    const { blueprints } = bed.world.installation.authentik;
    return { blueprints: blueprints.file, tasks: 'roles/zot/tasks/main.yml', playbook: 'hosts/attic.yml' };
  };

  beforeAll(async () => {
    await bed.register('byhand', client);
    const { blueprints, tasks, playbook } = files();
    const read = (file: string): Promise<string> => bed.world.repository.read(file);
    const whole = await read(blueprints);
    const at = whole.indexOf('  byhand.yaml: |');
    const section = BY_HAND.reduce((text, [from, to]) => {
      const indented = new RegExp(from.source.replaceAll(' {6}', ' {10}'));
      expect(text).toMatch(indented);
      return text.replace(indented, to.replaceAll(/^ {6}/gm, '          ').replaceAll('\n$1', '\n$1'));
    }, whole.slice(at));
    const short = (text: string): string => text.replaceAll('ansible.builtin.', '');
    await bed.world.repository.commitAs(
      'ada',
      {
        [blueprints]: whole.slice(0, at) + section,
        [tasks]: short(await read(tasks)),
        [playbook]: short(await read(playbook)).replaceAll('no_log: true', 'no_log: yes'),
      },
      'Register by hand',
    );
    await bed.world.fullSync();
    await bed.world.settled();
  });

  it('is adopted: nothing changes, its secret least of all', async () => {
    const before = await bed.world.snapshot();
    const base = await bed.world.repository.head();
    const writes = bed.vaultWrites();

    const result = await bed.register('byhand', client);

    expect(result.checks.filter((check) => !check.ok)).toEqual([]);
    expect(result.outcome).toBe('unchanged');
    expect(await bed.landedSince(base)).toEqual([]);
    expect(bed.vaultWrites()).toBe(writes);
    await bed.expectAsBefore(before);
  });

  it('gets back what nobody had written down, when a change fails', async () => {
    const { rows } = bed.world.authentik.database;
    const provider = rows.providers.find((row) => row.client_id === 'byhand');
    const application = rows.applications.find((row) => row.slug === 'byhand');
    if (provider === undefined || application === undefined) throw new Error('not registered');
    provider.redirect_uris.push({ matching_mode: 'strict', url: 'https://added-in-the-ui.example/cb' });
    application.meta_launch_url = 'https://changed-in-the-ui.example/';
    const before = await bed.world.snapshot();
    await failChange(bed.world, 'verifyRegistration', { land: 'last', slug: 'byhand' });

    const failure = await bed.fail('byhand', changed(client, CHANGES[4] as (typeof CHANGES)[number]));

    expect(failure.kept).toEqual([]);
    await bed.expectAsBefore(before);
  });

  it('is changed inside what people wrote', async () => {
    const wanted = changed(client, CHANGES[0] as (typeof CHANGES)[number]);
    const base = await bed.world.repository.head();

    const result = await bed.register('byhand', wanted);

    expect(result.checks.filter((check) => !check.ok)).toEqual([]);
    const diff = await bed.world.repository.diff(base, await bed.world.repository.head());
    expect(diff.split('\n').filter((line) => /^[-+] /.test(line))).toEqual([
      '+            - matching_mode: strict',
      '+              url: https://other.example/callback',
    ]);
  });

  it('keeps client id, slug and provider name: another is refused with the way to do it', async () => {
    const before = await bed.world.snapshot();
    for (const spec of [{ clientId: 'other' }, { slug: 'other' }, { displayName: 'Other' }]) {
      const failure = await bed.fail('byhand', { ...client, spec: { ...client.spec, ...spec } });
      expect(failure.type).toBe('Collision');
      expect(failure.message).toContain('deregister the client as it is and register it anew');
    }
    await bed.expectAsBefore(before);
  });

  it('loses groups and accounts that are no longer asked for where the job made them', async () => {
    const result = await bed.register('byhand', changed(client, CHANGES[6] as (typeof CHANGES)[number]));

    const { rows } = bed.world.authentik.database;
    expect(rows.groups.map((row) => row.name)).not.toContain('byhand-bots');
    expect(rows.users.map((row) => row.username)).not.toContain('svc-byhand');
    expect(rows.groups.map((row) => row.name)).toContain('byhand-team');
    expect(result.warnings.join('\n')).not.toContain('it stays');
  });
});
