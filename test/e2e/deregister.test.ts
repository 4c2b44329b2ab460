import { newApplication, newBinding } from '../../sandbox/authentik/newRows.ts';
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { LayoutName } from '../../sandbox/world/layout.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { deregister, expectSameState, failDeregistration, startDeregistration, untilStep } from './deregistering.ts';
import { heldFor, holdStep, watching } from './holds.ts';
import { useTestBed, type TestBed } from './testBed.ts';

describe.each<{ layout: LayoutName }>([{ layout: 'manual' }, { layout: 'auto' }])(
  'a deregistration on the $layout layout',
  ({ layout }) => {
    let bed: TestBed;
    useTestBed({ layout }, (started) => {
      bed = started;
    });

    it('takes the registration file out and keeps the secret until it is purged', async () => {
      await bed.world.settled();
      const before = await bed.world.snapshot();
      const folder = bed.world.installation.gitops.registrations ?? 'oidc-clients';
      await bed.register('zot');

      const result = await deregister(bed, 'zot');

      expect(result.outcome).toBe('deregistered');
      expect(result.removed).toContain(`${folder}/zot.yaml`);
      const labels = fieldLabels(bed).filter((label) => label.startsWith('zot'));
      expect(labels).toHaveLength(1);
      expect(labels[0]).toMatch(/ \(deregistered \d{4}-\d{2}-\d{2} [0-9a-f]{8}\)$/);
      expect(result.remaining.join('\n')).toContain('`oidc-registrar deregister zot --purge`');
      expect((await deregister(bed, 'zot')).outcome).toBe('unchanged');

      const purged = await deregister(bed, 'zot', { client: 'zot', purge: true });

      expect(purged.removed).toEqual([`vault field ${labels[0]}`]);
      expect(await bed.world.repository.tree()).not.toHaveProperty([`${folder}/zot.yaml`]);
      await bed.world.repository.commitAs(
        'ada',
        { [`${folder}/zot.yaml`]: await bed.world.repository.read(`${folder}/zot.yaml`, result.commit + '^') },
        'Zot is wanted again',
      );
      await expectSameState(bed, before);
    });
  },
);

describe('a deregistration', () => {
  let bed: TestBed;
  useTestBed({}, (started) => {
    bed = started;
  });

  it('is refused while the role refers to the client, before anything is changed, unless it is forced', async () => {
    const template = 'roles/zot/templates/config.json.j2';
    await bed.register('zot');
    const text = await bed.world.repository.read(template);
    const openid = '"openid": { "credentialsFile": "{{ zot_etc }}/oidc-credentials.json" },';
    await bed.world.repository.commitAs('ada', { [template]: text.replace('"http"', `${openid}\n  "http"`) }, 'Use it');
    await bed.world.settled();
    const before = await bed.world.snapshot();

    const refused = await failDeregistration(bed, 'zot');

    expect(refused.type).toBe('Refused');
    expect(refused.message).toContain(`${template}:4 uses {{ zot_etc }}/oidc-credentials.json`);
    expect(refused.message).toContain('`oidc-registrar deregister zot --force`');
    await bed.expectAsBefore(before);
    expect((await bed.register('zot')).outcome).toBe('unchanged');

    const forced = await deregister(bed, 'zot', { client: 'zot', force: true, purge: true });
    expect(forced.outcome).toBe('deregistered');
    expect(forced.warnings.join('\n')).toContain('forced: the repository still refers to client zot');
  });

  it('changes nothing of a client that was never registered, and keeps its file', async () => {
    await bed.world.settled();
    const before = await bed.world.snapshot();
    const result = await deregister(bed, 'status-page');
    expect(result).toMatchObject({ outcome: 'unchanged', removed: [], remaining: [] });
    expect(result.warnings).toContainEqual(expect.stringMatching(/^\S+\/status-page\.yaml stays, and nothing else/));
    await bed.expectAsBefore(before);
  });

  it('is refused where somebody has changed an entry since', async () => {
    const client = clientNamed('edited');
    await bed.register('edited', client);
    const file = 'roles/zot/tasks/main.yml';
    const text = await bed.world.repository.read(file);
    const changed = text.replace('dest: /etc/zot/edited.json', 'dest: /etc/zot/other.json');
    await bed.world.repository.commitAs('ada', { [file]: changed }, 'Elsewhere');
    await bed.world.settled();
    const before = await bed.world.snapshot();

    const refused = await failDeregistration(bed, 'edited', client);

    expect(refused.type).toBe('Refused');
    expect(refused.message).toContain(`${file}: someone has changed our entry since`);
    await bed.expectAsBefore(before);
  });

  it('keeps what others have come to use: a group bound elsewhere, an account with a token', async () => {
    const [bound, token] = [clientNamed('bound'), clientNamed('token')];
    await bed.register('bound', bound);
    await bed.register('token', token);
    const { rows } = bed.world.authentik.database;
    const group = rows.groups.find((row) => row.name === 'bound-bots')?.pk ?? '';
    rows.applications.push(newApplication({ pk: 'other-app', name: 'Other', slug: 'other' }));
    rows.bindings.push(newBinding({ target: 'other-app', group }));
    const user = rows.users.find((row) => row.username === 'svc-token');
    rows.tokens.push({
      pk: randomUUID(),
      identifier: 'ci-push',
      intent: 'app_password',
      user: user?.pk ?? 0,
      key: randomUUID(),
      expiring: false,
      expires: '',
    });

    const first = await deregister(bed, 'bound', bound);
    const second = await deregister(bed, 'token', token);

    expect(first.kept.map((entry) => entry.what)).toEqual([
      'Authentik group bound-bots',
      'Authentik service account svc-bound',
    ]);
    expect(second.kept.map((entry) => entry.what)).toEqual([
      'Authentik group token-bots',
      'Authentik service account svc-token',
    ]);
    expect(second.kept.map((entry) => entry.why).join()).toContain('token ci-push');
    const now = bed.world.authentik.database.rows;
    expect(now.bindings.filter((row) => row.target === 'other-app').map((row) => row.group)).toEqual([group]);
    expect(now.applications.map((row) => row.slug)).not.toContain('bound');
    expect(now.users.map((row) => row.username)).toEqual(expect.arrayContaining(['svc-bound', 'svc-token']));
    expect((await deregister(bed, 'token', token)).outcome).toBe('unchanged');
  });

  it('says clearly that a client is unknown, half-registered, or changed by another run', async () => {
    const unknown = await failDeregistration(bed, 'nobody');
    expect(unknown.type).toBe('BadInput');
    expect(unknown.message).toContain('unknown client "nobody"');

    const half = clientNamed('half');
    const done = watching(bed.world);
    await holdStep(bed.world, 'syncBlueprint', { land: 'last' });
    const dead = await bed.start('half', half);
    await bed.untilRunning(dead, 'syncBlueprint');
    const other = await startDeregistration(bed, 'half', half, 'my-own-id');
    expect((await bed.failure(other)).type).toBe('AlreadyRunning');
    await dead.terminate('a person was in a hurry');
    done();
    const refused = await failDeregistration(bed, 'half', half);
    expect(refused.type).toBe('Refused');
    expect(refused.message).toContain('a registration of client half ended half-way');
    expect((await bed.register('half', half)).outcome).toBe('registered');
  });

  it('that was terminated is finished, or put back with takeBack, and a registration waits for that', async () => {
    const client = clientNamed('dead');
    await bed.world.settled();
    const without = await bed.world.snapshot();
    await bed.register('dead', client);
    await bed.world.settled();
    const registered = await bed.world.snapshot();
    const die = async (): Promise<void> => {
      const done = watching(bed.world);
      bed.world.faults.add({
        system: 'authentik',
        method: 'DELETE',
        path: '/providers/oauth2/',
        times: 1,
        effect: heldFor(bed.world, 800),
      });
      const handle = await startDeregistration(bed, 'dead', client);
      await untilStep(bed, handle, 'removeApplication');
      await handle.terminate('a person was in a hurry');
      done();
    };
    await die();

    const refused = await bed.fail('dead', client);
    expect(refused.message).toContain('a deregistration of client dead ended half-way');
    const back = await deregister(bed, 'dead', { registration: client, takeBack: true });
    expect(back.outcome).toBe('takenBack');
    await bed.expectAsBefore(registered);
    expect((await bed.register('dead', client)).outcome).toBe('unchanged');

    await die();
    const finished = await deregister(bed, 'dead', { registration: client, purge: true });
    expect(finished.outcome).toBe('deregistered');
    expect(finished.warnings.join('\n')).toContain('continues change');
    await expectSameState(bed, without);
  });
});

function fieldLabels({ world }: TestBed): readonly string[] {
  return world.connect.item(world.installation.vault.itemId).fields.map((field) => field.label ?? '');
}
