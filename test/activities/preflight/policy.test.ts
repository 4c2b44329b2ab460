import { describe, expect, it } from 'vitest';
import { judgeRegistered } from '../../../activities/rotate/policy.ts';
import type { Deps } from '../../../activities/deps.ts';
import type { ExistingObjects } from '../../../activities/preflight/authentik.ts';
import { checkPolicy } from '../../../activities/preflight/policy.ts';
import { Problems } from '../../../activities/preflight/problems.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import { resolveNames } from '../../../core/names/names.ts';
import type { Job } from '../../../core/run/job.ts';
import { caseInstallation } from '../../fixtures/zot.ts';

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
const SECTION = `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${installation.authentik.blueprints.configMap}
data:
  ${names.blueprintKey}: |
    version: 1
    entries:
      - model: authentik_core.group
        identifiers: {name: bots}
`;

/** A group "bots" of nobody's is there. What the policy refuses of a registration that puts an account into it. */
async function refused(manifest: string | undefined, madeGroups: readonly string[]): Promise<readonly string[]> {
  const group = { pk: 'g', name: 'bots', isSuperuser: false, parents: [], roles: [], users: [] };
  const deps = {
    installation,
    runs: { registeredAs: async () => undefined },
    authentik: { group: async () => group },
    git: { readFile: async () => manifest },
  } as unknown as Deps;
  const occupied = {
    application: undefined,
    byName: undefined,
    groups: ['bots'],
    madeGroups,
  } as unknown as ExistingObjects;
  const job = { registration, names, edits: [], base: 'b' } as unknown as Job;
  const problems = new Problems();
  await checkPolicy(deps, job, occupied, { input: { client: 'zot' } } as never, problems);
  try {
    problems.throwIfAny();
    return [];
  } catch (error) {
    return [String(error)];
  }
}

describe('groups.make judges a group that is there already', () => {
  it("as long as it is not this client's", async () => {
    expect((await refused(undefined, [])).join()).toContain('group "bots" is not allowed by policy.groups.make');
  });

  it.each([
    ["and not one that bears the job's mark", undefined, ['bots']],
    ['nor one of its section', SECTION, []],
  ])('%s', async (_what, manifest, made) => {
    expect(await refused(manifest, made)).toEqual([]);
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
  ])('%s, and warns of what today would be refused', async (_what, registered, refusals) => {
    const deps = { installation: strict, runs: { registeredAs: async () => registered } } as unknown as Deps;
    const edits = [{ step: 'syncBlueprint', entry: 'configMap', path: 'b.yaml', kind: 'alreadyThere' }];
    const job = { client: 'zot', registration: now, names: resolveNames(now, strict), edits };
    const problems = new Problems();
    const warnings = await judgeRegistered(deps, job as never, problems);
    expect(warnings).toEqual([
      expect.stringContaining('spec.access.everyone'),
      expect.stringContaining('host "new.example" is not allowed by policy.probes.hosts'),
    ]);
    expect(problems.none).toBe(refusals === 0);
  });
});
