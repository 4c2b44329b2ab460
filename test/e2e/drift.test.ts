import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { CheckAllResult, CheckResult } from '../../core/check/finding.ts';
import { type Names, resolveNames } from '../../core/names/names.ts';
import { installationSchema } from '../../core/installation/installation.ts';
import { readRegistration } from '../../core/installation/readFiles.ts';
import type { RegisterResult } from '../../core/run/reports.ts';
import { parseFault } from '../../sandbox/faults/parseFault.ts';
import { sleep } from '../../sandbox/kit/loop.ts';
import { eventually } from '../fixtures/polling.ts';
import type { Fault } from '../../sandbox/faults/faults.ts';
import { deregister, startDeregistration } from './deregistering.ts';
import { heldFor, holdStep, watching } from './holds.ts';
import { useTestBed, type Failed, type TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

// One client, registered once. Each test makes it drift, sees that the check finds exactly that, repairs it, and sees that
// the check finds nothing more.

let bed: TestBed;
let names: Names;
useTestBed({}, (started) => {
  bed = started;
});

beforeAll(async () => {
  expect((await bed.register('zot')).outcome).toBe('registered');
  await bed.world.settled();
  const text = await bed.world.repository.read('oidc-clients/zot.yaml');
  names = resolveNames(readRegistration(text, 'zot.yaml'), installationSchema.parse(bed.world.installation));
});

const NAMESPACE = 'identity';

async function check(client = 'zot'): Promise<CheckResult> {
  const options = { taskQueue: IDS.taskQueue, workflowId: IDS.check(client), args: [{ client }] };
  return (await bed.client.workflow.execute('checkClient', options)) as CheckResult;
}

/** Severity, system and sentence of each finding. */
async function found(client = 'zot'): Promise<readonly string[]> {
  return (await check(client)).findings.map(({ severity, system, what }) => `${severity} ${system}: ${what}`);
}

const repair = async (client = 'zot'): Promise<RegisterResult> => bed.register(client, { client, repair: true });
const refused = async (client = 'zot'): Promise<Failed> => bed.fail(client, { client, repair: true });

const rows = () => bed.world.authentik.database.rows;
const provider = () => theOne(rows().providers, (row) => row.client_id === 'zot');
const application = () => theOne(rows().applications, (row) => row.slug === 'zot');
const instance = () => theOne(rows().instances, (row) => row.path === names.blueprintPath);
const group = () => theOne(rows().groups, (row) => row.name === 'artifact-workloads');

function theOne<T>(all: readonly T[], is: (row: T) => boolean): T {
  const row = all.find(is);
  if (row === undefined) throw new Error('no such row');
  return row;
}

const live = (kind: 'ConfigMap' | 'Deployment' | 'ExternalSecret') => {
  const { authentik } = bed.world.installation;
  return {
    ConfigMap: { apiVersion: 'v1', kind, namespace: NAMESPACE, name: authentik.blueprints.configMap },
    Deployment: { apiVersion: 'apps/v1', kind, namespace: NAMESPACE, name: authentik.deployment.name },
    ExternalSecret: {
      apiVersion: 'external-secrets.io/v1',
      kind,
      namespace: NAMESPACE,
      name: authentik.externalSecret.name,
    },
  }[kind];
};

const editItem = (change: Parameters<TestBed['world']['connect']['edit']>[1]): void =>
  bed.world.connect.edit(bed.world.installation.vault.itemId, change);

function changeSecret(): void {
  editItem((item) => {
    const field = item.fields.find(({ label }) => label === names.vaultField);
    if (field !== undefined) field.value = `changed-by-a-person-${Math.random().toString(36).slice(2)}`;
  });
}

function vaultValue(): string {
  const { fields } = bed.world.connect.item(bed.world.installation.vault.itemId);
  return theOne(fields, ({ label }) => label === names.vaultField).value ?? '';
}

/** The pods of Authentik's worker, and when the container of the youngest started. */
async function workerPods(): Promise<{ readonly pods: string; readonly startedAt: number }> {
  const all = await bed.world.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: NAMESPACE });
  const pods = all.filter(({ metadata }) => metadata.name.startsWith('authentik-worker'));
  const times = pods.map((pod) => Date.parse(pod['status'].containerStatuses[0].state.running.startedAt as string));
  return { pods: pods.map(({ metadata }) => metadata.name).join(', '), startedAt: Math.max(...times) };
}

async function forceSync(): Promise<void> {
  const annotations = { 'force-sync': Math.random().toString(36) };
  await bed.world.cluster.mergePatch(live('ExternalSecret'), { metadata: { annotations } });
}

/** Looks again until the check finds this. */
async function untilFound(wanted: readonly string[], client = 'zot'): Promise<void> {
  await eventually(
    async () => found(client),
    (last) => JSON.stringify(last) === JSON.stringify(wanted),
  );
}

it('finds nothing in a clean registration, and a repair leaves it alone', async () => {
  expect(await check()).toEqual({ client: 'zot', ok: true, findings: [] });
  expect((await repair()).outcome).toBe('unchanged');
});

describe('what another apply of the blueprint mends', () => {
  const bindings = () => rows().bindings.filter((row) => row.target === application().pk);

  it.each<[string, () => void, readonly string[]]>([
    [
      'a redirect URI edited in the admin interface',
      () => {
        provider().redirect_uris = [{ matching_mode: 'strict', url: 'https://elsewhere.example/callback' }];
      },
      [
        "drift Authentik: the provider's redirect URIs lack strict https://registry.orchard.example/zot/auth/callback/oidc",
        "drift Authentik: the provider's redirect URIs also hold strict https://elsewhere.example/callback",
      ],
    ],
    [
      'a removed binding: the application is open to everyone',
      () => {
        rows().bindings = rows().bindings.filter((row) => !bindings().includes(row));
      },
      [
        'alarm Authentik: the application has no enabled binding, so everyone may sign in',
        "drift Authentik: the application's bindings lack 0 gardeners",
      ],
    ],
    [
      'a disabled binding',
      () => {
        for (const row of bindings()) row.enabled = false;
      },
      [
        'alarm Authentik: the application has no enabled binding, so everyone may sign in',
        "drift Authentik: the application's bindings lack 0 gardeners",
        "drift Authentik: the application's bindings also hold 0 gardeners disabled",
      ],
    ],
    [
      'an upgrade after which the provider has no grant types',
      () => {
        provider().grant_types = [];
      },
      ["drift Authentik: the provider's grant types lack authorization_code, refresh_token"],
    ],
    [
      'a service account taken out of its group',
      () => {
        for (const user of rows().users) user.groups = user.groups.filter((pk) => pk !== group().pk);
      },
      ['drift Authentik: group "artifact-workloads" does not hold svc-artifact-ci'],
    ],
    [
      'an application that was deleted',
      () => {
        rows().bindings = rows().bindings.filter((row) => !bindings().includes(row));
        rows().applications = rows().applications.filter((row) => row.slug !== 'zot');
      },
      [
        'drift Authentik: application "zot" does not exist',
        "drift Authentik: the application's bindings lack 0 gardeners",
      ],
    ],
    [
      'a blueprint that is disabled',
      () => {
        instance().enabled = false;
      },
      ['drift Authentik: the blueprint instance of custom/zot.yaml is disabled'],
    ],
    ...['warning', 'error', 'orphaned'].map((status): [string, () => void, readonly string[]] => [
      `a blueprint whose status is ${status}`,
      () => {
        instance().status = status;
      },
      ['drift Authentik: the status of blueprint custom/zot.yaml is not successful'],
    ]),
    [
      'a blueprint whose text is not ours',
      () => {
        instance().last_applied_hash = 'of another text';
      },
      ['drift Authentik: the text of blueprint custom/zot.yaml that Authentik has applied is not the one asked for'],
    ],
    [
      'an instance that was deleted',
      () => {
        rows().instances = rows().instances.filter((row) => row.path !== names.blueprintPath);
      },
      ['drift Authentik: there is no blueprint instance of custom/zot.yaml'],
    ],
  ])('%s', async (_what, drift, findings) => {
    drift();

    const result = await check();
    expect(result.ok).toBe(false);
    expect(result.findings.map(({ severity, system, what }) => `${severity} ${system}: ${what}`)).toEqual(findings);
    expect(new Set(result.findings.map(({ remedy }) => remedy))).toEqual(new Set(['oidc-registrar repair zot']));

    const base = await bed.world.repository.head();
    expect((await repair()).outcome).toBe('repaired');
    expect(await bed.landedSince(base)).toEqual([]);
    expect(await found()).toEqual([]);
  });
});

describe('the clusters', () => {
  it('an ExternalSecret that is not Ready is named; it mends itself when its cause is gone', async () => {
    await bed.world.addFaults(parseFault('externalSecrets:neverReady=zot-client-secret'));
    await forceSync();
    const finding =
      'drift External Secrets: ExternalSecret authentik is not refreshed well: error processing spec.data[0], err: the server is unable to answer';
    await untilFound([finding]);
    expect((await refused()).message).toContain('is not refreshed well');

    await bed.heal();

    await untilFound([]);
  });

  it('an entry that was taken out of the live ExternalSecret is deployed again', async () => {
    const object = await bed.world.cluster.get(live('ExternalSecret'));
    const data = ((object?.['spec'].data ?? []) as { secretKey: string }[]).filter(
      ({ secretKey }) => secretKey !== names.secretKey,
    );
    await bed.world.cluster.mergePatch(live('ExternalSecret'), { spec: { data } });
    expect(await found()).toEqual([
      'drift Kubernetes: ExternalSecret authentik does not hold zot-client-secret, which main does',
    ]);

    expect((await repair()).outcome).toBe('repaired');

    expect(await found()).toEqual([]);
  });

  it('a variable that was changed in the live Deployment is deployed again', async () => {
    const object = await bed.world.cluster.get(live('Deployment'));
    const containers = object?.['spec'].template.spec.containers as { env: { name: string }[] }[];
    const entries = containers[0]?.env ?? [];
    const at = entries.findIndex(({ name }) => name === names.envVar);
    await bed.world.cluster.jsonPatch(live('Deployment'), [
      {
        op: 'replace',
        path: `/spec/template/spec/containers/0/env/${at}/valueFrom/secretKeyRef/key`,
        value: 'wiki-client-secret',
      },
    ]);
    await untilFound([
      'drift Kubernetes: Deployment authentik-worker holds AUTHENTIK_ZOT_CLIENT_SECRET otherwise than main does, at /valueFrom/secretKeyRef/key',
    ]);

    expect((await repair()).outcome).toBe('repaired');

    expect(await found()).toEqual([]);
  });

  it('a section that was edited in the live ConfigMap is deployed again', async () => {
    const object = await bed.world.cluster.get(live('ConfigMap'));
    const text = (object?.['data'] as Record<string, string> | undefined)?.[names.blueprintKey] ?? '';
    const data = { [names.blueprintKey]: `${text}# by hand\n` };
    await bed.world.cluster.mergePatch(live('ConfigMap'), { data });
    await untilFound([
      'drift Kubernetes: ConfigMap authentik-blueprints holds zot.yaml otherwise than main does',
      'drift Authentik: the text of blueprint custom/zot.yaml that Authentik has applied is not the one asked for',
    ]);

    expect((await repair()).outcome).toBe('repaired');

    expect(await found()).toEqual([]);
  });

  it("somebody else's change beside ours is not deployed over", async () => {
    rows().bindings = rows().bindings.filter((row) => row.target !== application().pk);
    const object = await bed.world.cluster.get(live('ConfigMap'));
    const text = String((object?.['data'] as Record<string, string> | undefined)?.['groups.yaml']);
    await bed.world.cluster.mergePatch(live('ConfigMap'), { data: { 'groups.yaml': `${text}# try\n` } });

    const failure = await refused();

    expect(failure.message).toContain('it differs from the target branch at /data/groups.yaml');
    await bed.world.fullSync();
    await bed.world.settled();
    expect((await repair()).outcome).toBe('repaired');
    expect(await found()).toEqual([]);
  });
});

describe('the secret', () => {
  it('changed in the vault by hand is rolled out, and consumers are named', async () => {
    changeSecret();
    expect(await found()).toEqual([
      "drift External Secrets: key zot-client-secret of Secret authentik-env is not the vault's value",
      "drift Authentik: Authentik does not accept the vault's value of zot-client-secret: it is not rolled out",
    ]);

    const { outcome, remaining, checks } = await repair();

    expect(outcome).toBe('repaired');
    expect(remaining).toEqual(['rendered, not applied: run `ansible-playbook hosts/attic.yml --tags zot`']);
    expect(checks.every(({ ok }) => ok)).toBe(true);
    expect(await found()).toEqual([]);
  });

  it('in the Secret but not in the pods is rolled out: they began before it was written', async () => {
    const { pods, startedAt } = await workerPods();
    // Kubernetes tells whole seconds: the Secret is written in a later one.
    while (Date.now() < startedAt + 1_000) await sleep(50);
    changeSecret();
    await forceSync();
    await untilFound([
      "drift Authentik: Authentik does not accept the vault's value of zot-client-secret: it is not rolled out",
      `drift Kubernetes: ${pods} began before Secret authentik-env was last written and may hold an older AUTHENTIK_ZOT_CLIENT_SECRET`,
    ]);

    expect((await repair()).changed).toContain('pods of Deployment authentik-worker');

    expect(await found()).toEqual([]);
  });

  it('that a person put into Authentik too is rolled out all the same: an apply would bring the old one back', async () => {
    const { pods, startedAt } = await workerPods();
    while (Date.now() < startedAt + 1_000) await sleep(50);
    changeSecret();
    await forceSync();
    provider().client_secret = vaultValue();
    await untilFound([
      `drift Kubernetes: ${pods} began before Secret authentik-env was last written and may hold an older AUTHENTIK_ZOT_CLIENT_SECRET`,
    ]);

    expect((await repair()).changed).toContain('pods of Deployment authentik-worker');

    expect(await found()).toEqual([]);
  });

  it('pending beside the one in service is removed', async () => {
    const label = `${names.vaultField} (pending 11111111-2222-4333-8444-555555555555)`;
    editItem((item) => item.fields.push({ label, type: 'CONCEALED', value: 'a-value-that-nobody-uses' }));
    expect(await found()).toEqual([
      'drift 1Password: a pending field of zot-client-secret is left of change 11111111-2222-4333-8444-555555555555',
    ]);

    expect((await repair()).outcome).toBe('repaired');

    expect(await found()).toEqual([]);
  });

  it('of before a rotation is told of until it is gone', async () => {
    const label = `${names.vaultField}-previous`;
    editItem((item) => item.fields.push({ label, type: 'CONCEALED', value: 'a-value-of-yesterday' }));
    expect(await found()).toEqual(['drift 1Password: field "zot-client-secret-previous" is left of a rotation']);

    editItem((item) => {
      item.fields = item.fields.filter((field) => field.label !== label);
    });

    expect(await found()).toEqual([]);
  });

  it('that is gone from the vault is for a person to put back', async () => {
    const before = bed.world.connect.item(bed.world.installation.vault.itemId).fields;
    editItem((item) => {
      item.fields = item.fields.filter(({ label }) => label !== names.vaultField);
    });
    expect(await found()).toEqual(['drift 1Password: item "Authentik (orchard)" has no field "zot-client-secret"']);
    expect((await refused()).message).toContain('Put the live secret there first.');

    editItem((item) => {
      item.fields = before;
    });

    expect(await found()).toEqual([]);
  });
});

describe('the repository', () => {
  it('an entry that was taken out of the files is written again', async () => {
    const { file } = bed.world.installation.authentik.deployment;
    const text = await bed.world.repository.read(file);
    const lines = ['valueFrom:', 'secretKeyRef:', 'name: .*', 'key: .*'].map((line) => ` *${line}\\n`).join('');
    const entry = new RegExp(`^ *- name: ${names.envVar}\\n${lines}`, 'm');
    expect(text).toMatch(entry);
    await bed.world.repository.commitAs('ada', { [file]: text.replace(entry, '') }, 'Tidy up');
    await bed.world.fullSync();
    await bed.world.settled();
    expect(await found()).toEqual([`drift Git: ${file} lacks the variable AUTHENTIK_ZOT_CLIENT_SECRET`]);

    expect((await repair()).changed).toContain(file);

    expect(await bed.world.repository.read(file)).toBe(text);
    expect(await found()).toEqual([]);
  });

  it('an entry that was changed in the files is named with the line that differs', async () => {
    const { file } = bed.world.installation.authentik.blueprints;
    const text = await bed.world.repository.read(file);
    const at = text.indexOf('  zot.yaml: |');
    const ours = text.slice(at).replace('[authorization_code, refresh_token]', '[authorization_code]');
    const changed = text.slice(0, at) + ours;
    expect(changed).not.toBe(text);
    await bed.world.repository.commitAs('ada', { [file]: changed }, 'No refresh tokens');
    const { findings } = await check();
    expect(findings.filter(({ system }) => system === 'Git')).toEqual([
      {
        system: 'Git',
        severity: 'drift',
        what: `${file}: the section zot.yaml is there but different`,
        expected: 'grant_types: [authorization_code, refresh_token]',
        found: 'grant_types: [authorization_code]',
        remedy: 'oidc-registrar repair zot',
      },
    ]);

    expect((await repair()).changed).toContain(file);

    expect(await bed.world.repository.read(file)).toBe(text);
    await bed.world.settled();

    expect(await found()).toEqual([]);
  });

  it.each<[string, string | null, string]>([
    ['is missing', null, 'there is no oidc-clients/zot.oidc-record, which tells what'],
    ['is no record', 'made: everything\n', 'oidc-clients/zot.oidc-record'],
  ])('a record that %s is told, hinders nothing, and is written by a repair', async (_what, text, told) => {
    const file = 'oidc-clients/zot.oidc-record';
    const before = await bed.world.repository.read(file);
    await bed.world.repository.commitAs('ada', { [file]: text }, 'Tidy up');
    const { ok, findings } = await check();
    expect(ok).toBe(true);
    expect(findings).toMatchObject([{ system: 'Git', severity: 'notice', what: expect.stringContaining(told) }]);
    expect(findings[0]?.remedy).toContain('oidc-registrar repair zot');
    const head = await bed.world.repository.head();
    expect((await bed.register('zot')).outcome).toBe('unchanged');
    expect(await bed.world.repository.head()).toBe(head);

    expect((await repair()).outcome).toBe('repaired');

    expect((await bed.world.repository.numstat(head, 'HEAD')).map((each) => each.file)).toEqual([file]);
    // Who made what, the marks tell.
    expect(await bed.world.repository.read(file)).toBe(before);
    expect(await found()).toEqual([]);
  });

  it('a branch that has landed and was left is deleted', async () => {
    const branch = 'oidc-registrar/zot-11111111-2222-4333-8444-555555555555';
    await bed.world.repository.createBranch(branch);
    expect(await found()).toEqual([`drift Git: branch ${branch} has landed and was not deleted`]);

    await repair();

    expect(await bed.world.repository.branches()).toEqual([bed.world.repository.branch]);
    expect(await found()).toEqual([]);
  });
});

describe('what the blueprint does not name is left to a person', () => {
  it.each<[string, () => () => void, string, string]>([
    [
      'a group whose members are superusers',
      () => {
        group().is_superuser = true;
        return () => (group().is_superuser = false);
      },
      'alarm Authentik: group "artifact-workloads" makes its members superusers',
      'Take the superuser status from group "artifact-workloads".',
    ],
    [
      'another slug of its application',
      () => {
        const renamed = application();
        renamed.slug = 'registry';
        return () => (renamed.slug = 'zot');
      },
      'drift Authentik: application "zot" does not exist: provider "Zot" is that of application "registry"',
      'Give application "registry" its slug "zot" back, for the issuer and every consumer go by it.',
    ],
    [
      'one binding more',
      () => {
        const first = rows().bindings.find((row) => row.target === application().pk);
        if (first === undefined) throw new Error('no binding');
        const extra = { ...first, pk: 'extra', order: 7, group: group().pk };
        rows().bindings.push(extra);
        return () => (rows().bindings = rows().bindings.filter((row) => row !== extra));
      },
      "drift Authentik: the application's bindings also hold 7 artifact-workloads",
      "Delete the application's binding 7 artifact-workloads, never the last one that is left.",
    ],
  ])('%s', async (_what, drift, finding, remedy) => {
    const mend = drift();
    expect(await found()).toEqual([finding]);
    expect((await check()).findings[0]?.remedy).toBe(remedy);
    expect((await refused()).message).toContain(remedy);

    mend();

    expect(await found()).toEqual([]);
  });
});

describe('runs', () => {
  it('that are open explain what is half done; once dead it is drift, and a repair goes on with it', async () => {
    expect(await found('status-page')).toEqual([
      'drift registration file: client status-page is not registered: no system holds anything of it',
    ]);
    const done = watching(bed.world);
    await holdStep(bed.world, 'syncBlueprint', { land: 'last', ms: 1_000 });
    const handle = await bed.start('status-page');
    await bed.untilRunning(handle, 'syncBlueprint');

    const during = await check('status-page');
    expect(during.ok).toBe(true);
    expect(during.findings.length).toBeGreaterThan(0);
    expect(new Set(during.findings.map(({ severity }) => severity))).toEqual(new Set(['inProgress']));
    expect(during.findings[0]?.remedy).toContain('oidc-client/status-page is at work');

    await handle.terminate();
    done();
    await bed.heal();
    const after = await check('status-page');
    expect(after.ok).toBe(false);
    expect(after.findings.map(({ what }) => what)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^branch oidc-registrar\/status-page-.* is of a run that ended half-way$/),
        'the turn at Application authentik is held by a run that is not open',
      ]),
    );

    expect((await repair('status-page')).outcome).toBe('registered');
    expect(await found('status-page')).toEqual([]);
    expect(await found()).toEqual([]);
  });

  it('that deregister and died are advised to be finished or taken back, for no repair goes before that', async () => {
    const done = watching(bed.world);
    const request = { system: 'authentik', method: 'DELETE', path: '/providers/oauth2/' };
    const held: Fault = { ...request, times: 1, effect: heldFor(bed.world, 1_500) };
    bed.world.faults.add(held);
    const dead = await startDeregistration(bed, 'zot');
    await eventually(
      () => bed.world.faults.struck(held),
      (times) => times > 0,
    );
    await dead.terminate();
    done();
    await bed.heal();
    // What it had sent before it died does its work all the same.
    await eventually(
      () => rows().providers.map((row) => row.client_id),
      (ids) => !ids.includes('zot'),
    );

    const { findings } = await check();
    expect(findings.map(({ what }) => what)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^branch oidc-registrar\/zot-.* is of a deregistration that ended half-way$/),
        'the turn at Application authentik is held by a deregistration that is not open',
      ]),
    );
    const remedies = findings.map(({ remedy }) => remedy).join('\n');
    expect(remedies).toContain('To finish it: `oidc-registrar deregister zot`');
    expect(remedies).not.toContain('oidc-registrar repair');
    expect((await refused()).message).toContain('a deregistration of client zot ended half-way');

    expect((await deregister(bed, 'zot', { client: 'zot', takeBack: true })).outcome).toBe('takenBack');
    expect(await found()).toEqual([]);
  });
});

describe('a system that cannot be read', () => {
  it.each([
    ['authentik', 'authentik:GET::error=503', 'Authentik'],
    ['the vault', 'connect:GET::error=500', '1Password'],
  ])('%s is a finding of its own, and the others are read all the same', async (_what, fault, system) => {
    const branch = 'oidc-registrar/zot-11111111-2222-4333-8444-555555555555';
    await bed.world.repository.createBranch(branch);
    await bed.world.addFaults(parseFault(fault));

    const { ok, findings } = await check();

    expect(ok).toBe(false);
    expect(findings.map((finding) => `${finding.severity} ${finding.system}`)).toEqual([
      'drift Git',
      `unreadable ${system}`,
    ]);
    await bed.world.repository.deleteBranch(branch);
    await bed.heal();
    expect(await found()).toEqual([]);
  });
});

describe('the command line', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const run = (...args: readonly string[]) =>
    execa(process.execPath, [path.join(inject('built'), 'client', 'cli.js'), ...args], {
      cwd: root,
      reject: false,
      env: { TEMPORAL_ADDRESS: bed.temporal.address, NO_COLOR: '1' },
    });

  it('checks, repairs, and answers by its exit code', async () => {
    const clean = await run('check', 'zot', '--json');
    expect([clean.exitCode, JSON.parse(clean.stdout)]).toEqual([0, { client: 'zot', ok: true, findings: [] }]);

    rows().bindings = rows().bindings.filter((row) => row.target !== application().pk);
    const open = await run('check', 'zot');
    expect(open.exitCode).toBe(2);
    expect(open.stdout).toContain('ALARM  Authentik: the application has no enabled binding, so everyone may sign in');

    const mended = await run('repair', 'zot');
    expect(mended.stdout).toContain('zot: repaired');
    expect(mended.exitCode).toBe(0);

    const all = await run('check', '--all');
    expect([all.exitCode, all.stdout]).toEqual([0, '✓ status-page: as asked\n✓ zot: as asked']);
  });

  it('says what is wrong with what it was given', async () => {
    const nothing = await run('check');
    expect([nothing.exitCode, nothing.stderr]).toEqual([1, expect.stringContaining('name a client, or give --all')]);
    const unknown = await run('check', 'nobody');
    expect([unknown.exitCode, unknown.stdout]).toEqual([1, expect.stringContaining('unknown client "nobody"')]);
  });
});

it('checks all clients that have a registration file', async () => {
  const options = { taskQueue: IDS.taskQueue, workflowId: IDS.checkAll, args: [] };
  const all = (await bed.client.workflow.execute('checkAllClients', options)) as CheckAllResult;
  expect(all).toEqual({
    ok: true,
    clients: [
      { client: 'status-page', ok: true, findings: [] },
      { client: 'zot', ok: true, findings: [] },
    ],
  });
});
