import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Deps } from '../../../activities/deps.ts';
import { refusedToday } from '../../../activities/rotate/preflightRotation.ts';
import { assertStillAllowed, refusedByPolicy, stoodOf } from '../../../activities/preflight/policy.ts';
import { Problems } from '../../../activities/preflight/problems.ts';
import { RegistrarError } from '../../../core/base/errors.ts';
import { breachesToday, policyWarning } from '../../../core/check/policy.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import { NOTHING_STANDS } from '../../../core/policy/judge.ts';
import { resolveNames } from '../../../core/names/names.ts';
import type { Job } from '../../../core/run/job.ts';
import { caseInstallation } from '../../fixtures/zot.ts';
import type { ExistingObjects } from '../../../activities/preflight/world.ts';

const installation = installationSchema.parse({ ...caseInstallation, policy: { groups: { make: ['zot-*'] } } });
const registration = checkRegistration(
  {
    apiVersion: 'oidc-registrar/v1',
    kind: 'OidcClient',
    metadata: { name: 'zot' },
    spec: {
      displayName: 'Zot',
      redirectUris: ['https://zot.orchard.example/cb'],
      access: { groups: ['gardeners'] },
      groups: [{ name: 'bots', serviceAccounts: [{ username: 'svc-zot' }] }],
    },
  },
  'test',
);
const names = resolveNames(registration, installation);
const SECTION = `version: 1
entries:
  - model: authentik_core.group
    identifiers: {name: bots}
`;

/** A group "bots" of nobody's is there. What the policy refuses of a registration that puts an account into it. */
function refused(section: string | undefined, madeGroups: readonly string[]): readonly string[] {
  const row = { pk: 'g', name: 'bots', isSuperuser: false, parents: [], roles: [], users: [] };
  const occupied = {
    application: undefined,
    byName: undefined,
    groups: ['bots'],
    madeGroups,
  } as unknown as ExistingObjects;
  const job = { registration, names, edits: [], base: 'b' } as unknown as Job;
  const stood = stoodOf({
    job,
    occupied,
    sections: section === undefined ? [] : [section],
    bindings: undefined,
    groups: [{ index: 0, row, line: [row] }],
    registered: undefined,
    request: { input: { client: 'zot' }, client: 'zot', changeId: 'c', digest: 'd' },
  });
  return refusedByPolicy({ installation }, { ...job, stood }).map(({ message }) => message);
}

describe('groups.make judges a group that is there already', () => {
  it("as long as it is not this client's", () => {
    expect(refused(undefined, []).join()).toContain('group "bots" is not allowed by policy.groups.make');
  });

  it.each([
    ["and not one that bears the job's mark", undefined, ['bots']],
    ['nor one of its section', SECTION, []],
  ])('%s', (_what, section, made) => {
    expect(refused(section, made)).toEqual([]);
  });
});

describe('a rotation of a client that is registered', () => {
  const probing = (url: string) =>
    checkRegistration(
      {
        apiVersion: 'oidc-registrar/v1',
        kind: 'OidcClient',
        metadata: { name: 'zot' },
        spec: {
          displayName: 'Zot',
          redirectUris: ['https://zot.orchard.example/cb'],
          access: { everyone: true },
          consumers: [{ kind: 'manual', name: 'the desk', steps: ['Enter it.'], probe: { url } }],
        },
      },
      'test',
    );
  const now = probing('http://new.example/');
  const strict = installationSchema.parse({
    ...caseInstallation,
    policy: { probes: { hosts: ['*.orchard.example'] } },
  });

  it.each([
    ['is refused where its probe has another address than was registered', probing('http://old.example/'), 1],
    ['goes on where the address is that which was registered', now, 0],
    ['goes on where nobody remembers what was registered', undefined, 0],
  ])('%s, and warns of what today would be refused', (_what, registered, refusals) => {
    const edits = [{ step: 'syncBlueprint', entry: 'configMap', path: 'b.yaml', kind: 'alreadyThere' }];
    const job = { registration: now, names: resolveNames(now, strict), edits } as unknown as Job;
    expect(breachesToday(job, strict).map(policyWarning)).toEqual([
      expect.stringContaining('spec.access.everyone'),
      expect.stringContaining('host "new.example" is not allowed by policy.probes.hosts'),
    ]);
    expect(refusedToday({ installation: strict }, job, registered)).toHaveLength(refusals);
  });
});

describe('several refusals', () => {
  const asked = checkRegistration(
    {
      ...registration,
      spec: {
        ...registration.spec,
        access: { everyone: true },
        files: [
          { path: 'a.md', text: 'a' },
          { path: 'b.md', text: 'b' },
        ],
        provider: { subMode: 'user_upn', grantTypes: ['authorization_code', 'implicit', 'password'] },
      },
    },
    'test',
  );
  const stood = { ...NOTHING_STANDS, inline: false };
  const job = { registration: asked, names, edits: [], base: 'b', stood } as unknown as Job;
  const byPolicy = (rules = installation) => refusedByPolicy({ installation: rules }, job);
  const thrown = (what: () => void): string => {
    try {
      what();
    } catch (error) {
      return (error as RegistrarError).remedy;
    }
    return '';
  };
  const entryOf = (remedy: string) => parse(/as one entry: (.*)$/.exec(remedy)?.[1] ?? '') as { policy: object };
  const told = (): string => {
    const problems = new Problems();
    for (const each of byPolicy()) problems.add(each);
    problems.add(
      new RegistrarError({ system: '1Password', kind: 'Refused', message: 'm', remedy: 'r', allow: 'items: ["i"]' }),
    );
    return thrown(() => problems.throwIfAny());
  };

  it('are told with one entry that allows them all', () => {
    const { policy } = entryOf(told());
    expect(policy).toMatchObject({ everyone: true, files: ['a.md', 'b.md'], items: ['i'] });
    expect(byPolicy()).toHaveLength(7);
    expect(byPolicy(installationSchema.parse({ ...caseInstallation, policy }))).toEqual([]);
  });

  it('are told so right before the change lands, too', () => {
    const remedy = thrown(() => assertStillAllowed({ installation } as Deps, job));
    expect(byPolicy(installationSchema.parse({ ...caseInstallation, ...entryOf(remedy) }))).toEqual([]);
  });

  it('but not where one line is enough', () => {
    const problems = new Problems();
    for (const each of [...byPolicy().slice(0, 1), ...byPolicy().slice(0, 1)]) problems.add(each);
    expect(thrown(() => problems.throwIfAny())).toBe('Mend them all, then start again.');
  });
});
