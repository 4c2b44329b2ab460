import { describe, expect, it } from 'vitest';
import { courseOf, notItsOwn } from '../../../activities/preflight/change.ts';
import type { Deps } from '../../../activities/deps.ts';
import { clientNames } from '../../../activities/state/clientNames.ts';
import { collisions, superusers, unreadClientId } from '../../../activities/preflight/authentik.ts';
import { readShared } from '../../../activities/preflight/cluster.ts';
import { Problems, told, ofSecret } from '../../../activities/preflight/problems.ts';
import { mayEnable, refusedByHand, repairOf } from '../../../activities/preflight/repair.ts';
import type { Drift, ExistingObjects, World } from '../../../activities/preflight/world.ts';
import { RegistrarError, refused } from '../../../core/base/errors.ts';
import { wantedState } from '../../../core/authentik/wantedState.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import { resolveNames, type Names } from '../../../core/names/names.ts';
import type { PlannedEdit } from '../../../core/changes/plannedEdit.ts';
import type { Job } from '../../../core/run/job.ts';
import { caseInstallation, zotRegistration } from '../../fixtures/zot.ts';

const installation = installationSchema.parse(caseInstallation);
const registration = checkRegistration(zotRegistration, 'test');
const names = resolveNames(registration, installation);
const wanted = wantedState(registration, installation, names, 'any');

const job = (kinds: Readonly<Record<string, PlannedEdit['kind']>>, more: Partial<Job> = {}): Job => {
  const edits = Object.entries(kinds).map(([entry, kind]) => ({ step: 'syncBlueprint', entry, path: 'b.yaml', kind }));
  const blueprint = { text: 'text', hash: 'hash' };
  return { client: 'zot', changeId: 'c', names, registration, wanted, blueprint, edits, mode: 'apply', ...more } as Job;
};

const NOTHING: ExistingObjects = {
  application: undefined,
  byName: undefined,
  byClientId: undefined,
  instance: undefined,
  groups: [],
  users: [],
  madeGroups: [],
  madeUsers: [],
};
const WHOLE = {
  ...NOTHING,
  application: { pk: 'a', name: 'Zot', slug: 'zot', provider: 1 },
  byName: { pk: 1, name: 'Zot', clientId: 'zot' },
  byClientId: { pk: 1, name: 'Zot', clientId: 'zot' },
} as unknown as ExistingObjects;

const messages = (problems: readonly RegistrarError[]): readonly string[] => problems.map(({ message }) => message);

describe('judges', () => {
  const no = (what: string, kind?: 'NotYet') => refused('Git', what, 'Mend it.', kind);

  it('are asked in the order of their list, and all of it is told, thrown or returned', async () => {
    const problems = new Problems();
    await problems.judge({ broken: no('second') }, [
      async () => [no('first')],
      ({ broken }) => void told(broken),
      () => undefined,
      () => [no('third'), no('fourth')],
    ]);
    expect(messages(problems.found)).toEqual(['first', 'second', 'third', 'fourth']);
    expect(() => problems.throwIfAny()).toThrow(
      /^4 problems, nothing was changed. 1\. Git: first\. Mend it\. 2\. Git: second\./,
    );
  });

  it('of how a secret arrives are not asked for a public client, nor is the ExternalSecret', async () => {
    const cluster = { get: async () => undefined };
    const externalSecrets = { read: async () => expect.fail('the ExternalSecret was read') };
    const open = { ...names, public: true as const };
    await readShared({ installation, cluster, externalSecrets } as unknown as Deps, open);
    const judge = ofSecret<{ names: Names }>(() => [no('no store')]);
    expect(await judge({ names: open })).toEqual([]);
    expect(await judge({ names })).toHaveLength(1);
  });

  it('end at once where a repetition may mend what one of them was told', async () => {
    const judged = new Problems().judge(undefined, [
      () => {
        throw no('later', 'NotYet');
      },
    ]);
    await expect(judged).rejects.toMatchObject({ kind: 'NotYet' });
  });
});

describe('what a run is to its client', () => {
  const asAsked = { externalSecret: 'alreadyThere', configMap: 'alreadyThere', deployment: 'alreadyThere' } as const;

  it.each([
    ['new', { configMap: 'created' }, NOTHING],
    ['new', asAsked, NOTHING],
    ['new', { configMap: 'created' }, WHOLE],
    ['registered', asAsked, WHOLE],
    ['change', { ...asAsked, configMap: 'updated' }, WHOLE],
    ['change', { ...asAsked, template: 'created' }, WHOLE],
    ['new', { ...asAsked, externalSecret: 'created' }, WHOLE],
  ] as const)('is %s: %o', (course, kinds, occupied) => {
    expect(courseOf(job(kinds), occupied, false)).toBe(course);
    expect(courseOf(job(kinds), occupied, true)).toBe('repair');
    expect(courseOf(job(kinds, { continued: true }), occupied, false)).toBe('continued');
  });
});

describe('what Authentik holds under the names of a client', () => {
  it('is refused to a new one', () => {
    const occupied = { ...WHOLE, users: ['svc-artifact-ci'] };
    expect(messages(collisions({ names, blueprint: { text: '', hash: '' } }, occupied))).toEqual([
      'application slug "zot" is taken by "Zot"; the blueprint would take it over',
      'provider name "Zot" is taken; the blueprint would take it over',
      'user "svc-artifact-ci" exists; the blueprint would change it',
    ]);
    expect(collisions({ names, blueprint: { text: '', hash: '' } }, NOTHING)).toEqual([]);
  });

  it('is its own where application and provider are one, by its client id', () => {
    expect(notItsOwn({ names }, WHOLE)).toEqual([]);
    const others = { ...WHOLE, byClientId: { pk: 2, name: 'Other' } } as unknown as ExistingObjects;
    expect(messages(notItsOwn({ names }, others))).toEqual(['client id "zot" belongs to provider "Other"']);
  });

  it('tells the client id that comes from a variable, or the run is refused', async () => {
    const asking = (clientId: object) =>
      checkRegistration({ ...zotRegistration, spec: { ...zotRegistration.spec, clientId } }, 'test');
    const read = async (provider: { clientId: string } | undefined, asked = asking({ envVar: 'ZOT_ID' })) => {
      const authentik = { providerByName: async () => provider } as unknown as Deps['authentik'];
      return clientNames({ authentik, installation, git: { readFile: async () => undefined } }, asked, 'head');
    };
    const found = await read({ clientId: 'Kx9' });
    expect(found).toMatchObject({ clientId: 'Kx9', clientIdVar: 'ZOT_ID' });
    expect(unreadClientId(found, WHOLE)).toEqual([]);
    // One that the registration says is compared with Authentik's, and not replaced by it.
    const said = await read({ clientId: 'Kx9' }, asking({ envVar: 'ZOT_ID', value: 'zot.example' }));
    expect(said.clientId).toBe('zot.example');
    for (const [provider, occupied, says] of [
      [undefined, NOTHING, 'Authentik has no provider "Zot"'],
      [{ clientId: "{{ lookup('pipe', 'id') }}" }, WHOLE, 'provider "Zot" has one that no template could hold'],
    ] as const)
      expect(messages(unreadClientId(await read(provider), occupied))).toEqual([
        `spec.clientId: the client id of variable ZOT_ID cannot be read: ${says}`,
      ]);
  });

  it('makes superusers of nobody, by whatever group above', () => {
    const row = { pk: 'g', name: 'artifact-workloads', isSuperuser: false, parents: ['a'], roles: [], users: [] };
    const above = { pk: 'a', name: 'root', isSuperuser: true, parents: [], roles: [] };
    expect(superusers(registration, [{ index: 0, row, line: [row] }])).toEqual([]);
    expect(messages(superusers(registration, [{ index: 0, row, line: [row, above] }]))).toEqual([
      'spec.groups.0: members of group "artifact-workloads" are superusers of Authentik, by group "root" above it, and so would be svc-artifact-ci',
    ]);
  });
});

describe('a repair', () => {
  const instance = { enabled: true, status: 'successful', lastAppliedHash: 'hash' };
  const occupied = { ...WHOLE, instance } as unknown as ExistingObjects;
  const { provider, application, bindings, groups, users } = wanted;
  const state = { provider, application: { ...application, linked: true }, bindings, groups, users } as never;
  const world = (drift: Partial<Drift> | undefined, of: Job = job({ configMap: 'alreadyThere' })) =>
    ({
      job: of,
      occupied,
      state,
      drift:
        drift === undefined
          ? undefined
          : { pending: [], live: [], consumers: [], applied: [names.blueprintPath], ...drift },
    }) satisfies Pick<World, 'job' | 'occupied' | 'state' | 'drift'>;

  it('has nothing to do where nothing has drifted, or nobody asked for it', () => {
    expect(repairOf(world({ delivered: true, accepted: 'right' }))).toBeUndefined();
    expect(repairOf(world(undefined))).toBeUndefined();
    expect(refusedByHand(world({ accepted: 'wrong' }))).toEqual([]);
  });

  it('deploys what has drifted, restarts for another secret, and leaves what is its own', () => {
    const live = [{ resource: 'externalSecret', reasons: ['the entry says something else'] }] as const;
    expect(repairOf(world({ accepted: 'wrong', live, pending: ['c', 'other'] }))).toEqual({
      reasons: [
        'the entry says something else',
        "Authentik does not accept the vault's value",
        'a pending vault field was left of change other',
      ],
      deploy: ['externalSecret'],
      restart: true,
      newSecret: true,
      leftovers: ['other'],
    });
  });

  it('enables what somebody disabled where the token may, and is refused by name where not', () => {
    const disabled = {
      ...occupied,
      instance: { ...instance, enabled: false, path: 'mnt/zot.yaml' },
    } as unknown as ExistingObjects;
    const permissions = (missingChange: readonly string[] | undefined) =>
      ({ missingView: [], apply: 'global', missingDelete: [], missingChange }) as const;
    const said = (missingChange: readonly string[] | undefined, drift?: Partial<Drift>) =>
      messages(mayEnable({ ...world(drift), occupied: disabled, permissions: permissions(missingChange) }));
    const lacking = ['authentik_policies.delete_policybinding', 'authentik_blueprints.change_blueprintinstance'];
    expect(said(lacking, {})).toEqual([
      'the token lacks authentik_blueprints.change_blueprintinstance, which enabling mnt/zot.yaml, which somebody disabled, needs (or enable it in the admin interface)',
    ]);
    expect([...said(undefined, {}), ...said([], {}), ...said(lacking)]).toEqual([]);
    expect(mayEnable({ ...world({}), permissions: permissions(lacking) })).toEqual([]);
  });

  it('is a person’s where the token may not apply and discovery applies no text twice', () => {
    const discovery = job({ configMap: 'alreadyThere' }, { mode: 'discovery' });
    expect(messages(refusedByHand(world({ accepted: 'wrong' }, discovery)))).toEqual([
      "the token may not apply blueprints, and discovery applies no text twice: Authentik does not accept the vault's value",
    ]);
  });
});
