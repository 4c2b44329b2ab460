import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { randomUUID } from 'node:crypto';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import type { World } from '../../sandbox/world/world.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { activitiesOf, TestBed } from './testBed.ts';
import { eventually } from '../fixtures/polling.ts';

interface Case {
  readonly what: string;
  /** Client to start; `zot` where absent. */
  readonly client?: string;
  readonly input?: unknown;
  /** Brings the world into the bad state; gives what puts it back. */
  readonly spoil?: (world: World) => Promise<() => Promise<void>>;
  readonly type: string;
  /** It is told with the turn alone, for the run of another client may change it. */
  readonly withTurn?: true;
  /** What the message must name: the place, the fault, the remedy. */
  readonly says: readonly (string | RegExp)[];
}

const tool = clientNamed('tool');
const withSpec = (spec: Partial<RegistrationInput['spec']>): RegistrationInput => ({
  ...tool,
  spec: { ...tool.spec, ...spec },
});

/** Commits a change of one file, and the old text when it is over. */
const file = (path: string, change: (text: string) => string | null) => async (world: World) => {
  const text = await world.repository.read(path);
  await world.repository.commitAs('somebody', { [path]: change(text) }, `Change ${path}`);
  return async () => {
    await world.repository.commitAs('somebody', { [path]: text }, `Restore ${path}`);
    await world.fullSync();
    await world.settled();
  };
};

/** Changes Authentik's rows, and puts the old ones back. */
const rows = (change: (database: World['authentik']['database']['rows']) => void) => async (world: World) => {
  const before = structuredClone(world.authentik.database.rows);
  change(world.authentik.database.rows);
  return async () => {
    world.authentik.database.rows = before;
  };
};

/** Adds a field to the vault item, and takes it out again. */
const field =
  (label: string, value: string, type = 'CONCEALED') =>
  async (world: World) => {
    const { itemId } = world.installation.vault;
    world.connect.edit(itemId, (item) => item.fields.push({ label, value, type }));
    return async () => {
      world.connect.edit(itemId, (item) => {
        item.fields = item.fields.filter((each) => each.label !== label);
      });
    };
  };

/** Takes a permission from the job's Authentik token. */
const without = (permission: string) => async (world: World) => {
  world.permissions.delete(permission);
  return async () => void world.permissions.add(permission);
};

const fault = (system: string, path: string, status: number, body: unknown) => async (world: World) => {
  world.faults.add({ system, path, effect: { kind: 'error', status, body } });
  return async () => world.faults.clear();
};

const application = async (world: World, patch: unknown): Promise<void> => {
  await world.argocd.mergePatch(
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', namespace: 'argocd', name: 'authentik' },
    patch,
  );
};

/** Waits until Authentik has applied a file. */
async function instanceOf(world: World, path: string): Promise<void> {
  const { rows } = world.authentik.database;
  await eventually(
    () => rows.instances.find((row) => row.path === path)?.status,
    (status) => status === 'successful',
  );
}

const CASES: readonly Case[] = [
  {
    what: 'an unknown client',
    client: 'nobody',
    type: 'BadInput',
    says: ['unknown client "nobody"', 'oidc-clients/nobody.yaml', 'known: status-page, zot'],
  },
  {
    what: 'an input that is neither client nor registration',
    client: 'zot',
    input: { client: 'zot', force: true },
    type: 'BadInput',
    says: ['unknown key "force"'],
  },
  {
    what: 'a bad redirect URI',
    client: 'tool',
    input: withSpec({ redirectUris: ['registry.example/callback'] }),
    type: 'BadInput',
    says: ['spec.redirectUris.0', 'absolute URI', 'RFC 6749'],
  },
  {
    what: 'an unknown key',
    client: 'tool',
    input: { ...tool, spec: { ...tool.spec, colour: 'red' } },
    type: 'BadInput',
    says: ['unknown key "colour"'],
  },
  {
    what: 'an unknown key in the file',
    spoil: file('oidc-clients/zot.yaml', (text) => text.replace('launchUrl:', 'launchURL:')),
    type: 'BadInput',
    says: [/oidc-clients\/zot\.yaml:\d+:\d+: spec/, 'unknown key "launchURL"'],
  },
  {
    what: 'a consumer for people that would show them the secret',
    client: 'tool',
    input: withSpec({ consumers: [{ kind: 'manual', name: 'TV', steps: ['<<clientSecret>>'] }] }),
    type: 'BadInput',
    says: ['spec.consumers.0.steps.0', 'must not hold <<clientSecret>>'],
  },
  {
    what: 'a client id that another provider uses',
    client: 'tool',
    input: withSpec({ clientId: 'wiki' }),
    type: 'Collision',
    withTurn: true,
    says: ['client id "wiki" belongs to provider "Wiki"', 'spec.clientId'],
  },
  {
    what: 'a slug that another application has',
    client: 'tool',
    input: withSpec({ slug: 'wiki' }),
    type: 'Collision',
    withTurn: true,
    says: ['application slug "wiki" is taken by "Wiki"'],
  },
  {
    what: 'a file that the repository does not have',
    client: 'tool',
    input: withSpec({ consumers: [{ ...tool.spec.consumers?.[0], playbook: 'hosts/cellar.yml' } as never] }),
    type: 'NotFound',
    says: ['hosts/cellar.yml', 'no such file'],
  },
  {
    what: 'a ConfigMap key that exists by hand with other content',
    spoil: async (world) => {
      const restore = await file('identity/authentik/blueprints.yaml', (text) =>
        text.replace(
          '  wiki.yaml: |',
          '  zot.yaml: |\n    version: 1\n    metadata:\n      name: By hand\n    entries: []\n\n  wiki.yaml: |',
        ),
      )(world);
      await world.fullSync();
      await instanceOf(world, 'custom/zot.yaml');
      await world.settled();
      return async () => {
        await restore();
        const { rows: now } = world.authentik.database;
        now.instances = now.instances.filter((row) => row.path !== 'custom/zot.yaml');
      };
    },
    type: 'Collision',
    withTurn: true,
    says: ['identity/authentik/blueprints.yaml', 'there but different', 'name: By hand', 'Orchard Zot Registry SSO'],
  },
  {
    what: 'YAML that does not parse',
    spoil: file('hosts/attic.yml', (text) => `${text}   - broken: [\n`),
    type: 'BadInput',
    says: ['hosts/attic.yml', /line \d+/],
  },
  {
    what: 'a missing vault item',
    spoil: fault('connect', '/items/', 404, { status: 404, message: 'item not found' }),
    type: 'NotFound',
    says: ['1Password', '404', 'vault.itemId'],
  },
  {
    what: 'an empty vault field',
    spoil: field('zot-client-secret', ''),
    type: 'Refused',
    says: ['"zot-client-secret"', 'is empty'],
  },
  {
    what: "a vault field that differs from the provider's secret",
    spoil: async (world) => {
      const takeField = await field('zot-client-secret', 'a-value-that-nobody-uses')(world);
      const restore = await rows((all) => {
        const wiki = all.providers.find((row) => row.name === 'Wiki');
        if (wiki !== undefined)
          all.providers.push({
            ...wiki,
            pk: 900,
            name: 'Zot',
            client_id: 'zot',
            client_secret: 'another-secret-of-zot',
          });
      })(world);
      return async () => {
        await takeField();
        await restore();
      };
    },
    type: /Refused|Collision/.source,
    withTurn: true,
    says: ['differs from the secret of Authentik provider "Zot"'],
  },
  {
    what: 'two vault fields of one label',
    spoil: async (world) => {
      const first = await field('zot-client-secret', 'aaaaaaaaaaaaaaaaaaaaaaaa')(world);
      const second = await field('zot-client-secret', 'bbbbbbbbbbbbbbbbbbbbbbbb')(world);
      return async () => {
        await second();
        await first();
      };
    },
    type: 'Collision',
    says: ['2 fields labelled "zot-client-secret"'],
  },
  {
    what: 'a vault item that cannot be written back whole',
    spoil: async (world: World) => {
      const { itemId } = world.installation.vault;
      world.connect.edit(itemId, (item) => void (item['files'] = [{ id: 'f', name: 'id_rsa', size: 12 }]));
      return async () => world.connect.edit(itemId, (item) => void delete item['files']);
    },
    type: 'Refused',
    says: ['holds attached files', 'an item of their own'],
  },
  {
    what: 'a wrong Connect token',
    spoil: fault('connect', '/v1/', 401, { status: 401, message: 'Invalid token signature' }),
    type: 'Unauthorized',
    says: ['1Password', 'OP_CONNECT_TOKEN'],
  },
  {
    what: 'a wrong Authentik token',
    spoil: fault('authentik', '/api/v3/', 403, { detail: 'Token invalid/expired' }),
    type: 'Unauthorized',
    says: ['Authentik', 'Token invalid/expired', 'AUTHENTIK_TOKEN'],
  },
  {
    what: 'a missing permission to read in Authentik',
    spoil: without('view_group'),
    type: 'Unauthorized',
    says: ['the token lacks authentik_core.view_group', 'docs/reference/permissions.md'],
  },
  {
    what: 'a missing permission to undo in Authentik',
    spoil: without('delete_group'),
    type: 'Unauthorized',
    says: ['the token lacks authentik_core.delete_group', 'authentik.undo: keep'],
  },
  {
    what: 'a blueprint file that stops discovery',
    spoil: async (world) => {
      const restore = await file('identity/authentik/blueprints.yaml', (text) =>
        text.replace('  wiki.yaml: |', '  broken.yaml: |\n    - a list\n\n  wiki.yaml: |'),
      )(world);
      await world.fullSync();
      return restore;
    },
    type: 'Refused',
    withTurn: true,
    says: ["Authentik's discovery of blueprints is broken", 'Mend or remove the blueprint file'],
  },
  {
    what: 'a missing permission in a cluster',
    spoil: fault('kubernetes/edge', '/externalsecrets/', 403, {
      kind: 'Status',
      code: 403,
      reason: 'Forbidden',
      message: 'externalsecrets is forbidden',
    }),
    type: 'Unauthorized',
    says: ['cluster edge', 'externalsecrets is forbidden', 'deploy/rbac.yaml'],
  },
  {
    what: 'an unknown Authentik version',
    spoil: async (world) => {
      world.authentik.setVersion('2024.12.3');
      return async () => world.authentik.setVersion('2026.5.0');
    },
    type: 'Refused',
    says: ['2024.12.3', 'authentik.allowVersions'],
  },
  {
    what: 'an Authentik with secrets as objects',
    spoil: async (world) => {
      world.faults.add({
        system: 'authentik',
        effect: { kind: 'behaviour', name: 'secretDialect', argument: 'newest' },
      });
      return async () => world.faults.clear();
    },
    input: tool,
    client: 'tool',
    type: 'Refused',
    says: [
      'Authentik keeps client secrets as objects of their own (field client_secret_ref',
      'stay at Authentik 2026.8',
    ],
  },
  {
    what: 'a !Find that finds nothing',
    client: 'tool',
    input: withSpec({ access: { groups: ['astronauts'] } }),
    type: 'NotFound',
    withTurn: true,
    says: ['no group named "astronauts"'],
  },
  {
    what: 'a !Find that finds two',
    spoil: rows((all) => {
      const mapping = all.fixtures.find((row) => row.fields['scope_name'] === 'email');
      if (mapping !== undefined) all.fixtures.push({ ...mapping, pk: randomUUID() });
    }),
    type: 'Collision',
    says: ['2 scopeMapping named "email"'],
  },
  {
    what: "a service account in a superusers' group",
    client: 'tool',
    input: withSpec({ groups: [{ name: 'authentik Admins', serviceAccounts: [{ username: 'svc-tool' }] }] }),
    type: 'Refused',
    says: ['spec.groups.0', 'members of group "authentik Admins" are superusers', 'svc-tool', 'spec.access.groups'],
  },
  {
    what: "a service account in a group below a superusers' group",
    client: 'tool',
    spoil: rows((all) => {
      const admins = all.groups.find((row) => row.is_superuser);
      const middle = { pk: randomUUID(), name: 'operators', is_superuser: false, parents: [admins?.pk ?? ''] };
      all.groups.push(middle, { pk: randomUUID(), name: 'tool-bots', is_superuser: false, parents: [middle.pk] });
    }),
    input: tool,
    type: 'Refused',
    says: ['members of group "tool-bots" are superusers', 'by group "authentik Admins" above it', 'svc-tool'],
  },
  {
    what: 'an Application on another targetRevision',
    spoil: async (world) => {
      await application(world, { spec: { source: { targetRevision: 'try-something' } } });
      return async () => application(world, { spec: { source: { targetRevision: 'main' } } });
    },
    type: 'Refused',
    says: ['targetRevision try-something', 'main'],
  },
  {
    what: 'an Application with automated sync under land: last',
    spoil: async (world) => {
      await application(world, { spec: { syncPolicy: { automated: {} } } });
      return async () => application(world, { spec: { syncPolicy: null } });
    },
    type: 'Refused',
    says: ['automated sync', 'gitops.land: first'],
  },
  {
    what: 'foreign pending changes',
    spoil: file('identity/authentik/worker.yaml', (text) => text.replace('replicas: 2', 'replicas: 3')),
    type: 'Refused',
    withTurn: true,
    says: ['Deployment authentik-worker', '/spec/replicas'],
  },
  {
    what: 'an ExternalSecret that is not Ready',
    spoil: async (world) => {
      const restore = await file('identity/authentik/external-secret.yaml', (text) =>
        text.replace('property: wiki-client-secret', 'property: gone'),
      )(world);
      await world.fullSync();
      const ref = {
        apiVersion: 'external-secrets.io/v1',
        kind: 'ExternalSecret',
        namespace: 'identity',
        name: 'authentik',
      };
      await eventually(
        async () => world.cluster.get(ref),
        (object) => object?.['status']?.conditions?.[0]?.status === 'False',
      );
      return restore;
    },
    type: 'Refused',
    withTurn: true,
    says: ['ExternalSecret authentik', 'gone'],
  },
  {
    what: 'a paused Deployment',
    spoil: async (world) => {
      const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'identity', name: 'authentik-worker' };
      await world.cluster.mergePatch(ref, { spec: { paused: true } });
      return async () => {
        await world.cluster.mergePatch(ref, { spec: { paused: null } });
      };
    },
    type: 'Refused',
    withTurn: true,
    says: ['authentik-worker is paused'],
  },
];

describe('bad input is refused with a clear error, and nothing is changed', () => {
  let bed: TestBed;
  let restore: () => Promise<void> = async () => undefined;
  beforeAll(async () => {
    bed = await TestBed.start();
  });
  afterEach(async () => {
    await restore();
    restore = async () => undefined;
  });
  afterAll(async () => bed.stop());

  it.each(CASES)('$what', async ({ client = 'zot', input, spoil, type, says, withTurn = false }) => {
    if (spoil !== undefined) restore = await spoil(bed.world);
    // When controllers have seen what was spoilt, or restored after the last case.
    const before = await bed.world.snapshot();
    const writes = bed.vaultWrites();

    const handle = await bed.start(client, (input ?? { client }) as never);
    const failure = await bed.failure(handle);

    expect((await activitiesOf(handle)).includes('acquireTurn')).toBe(withTurn);
    expect(failure.type).toMatch(new RegExp(`^(${type})$`));
    for (const words of says)
      expect(failure.message).toMatch(words instanceof RegExp ? words : new RegExp(escaped(words)));
    expect(failure.kept).toEqual([]);
    expect(await bed.world.snapshot()).toEqual(before);
    expect(bed.vaultWrites()).toBe(writes);
  });

  it("takes a superusers' group as the one that may sign in", async () => {
    const result = await bed.register('tool', withSpec({ access: { groups: ['authentik Admins'] } }));

    expect(result.outcome).toBe('registered');
    const { groups, users } = bed.world.authentik.database.rows;
    const admins = groups.find((row) => row.name === 'authentik Admins');
    expect(users.filter((row) => row.groups.includes(admins?.pk ?? '')).map((row) => row.username)).toEqual([
      'akadmin',
    ]);
  });
});

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
