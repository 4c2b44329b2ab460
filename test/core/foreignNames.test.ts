import { describe, expect, it } from 'vitest';
import { renderBlueprint } from '../../core/authentik/renderBlueprint.ts';
import { driftPaths } from '../../core/kubernetes/jsonDrift.ts';
import { readSection } from '../../core/edits/blueprint/blueprintSection.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { planFileChanges, planFileRemovals, type ChangeInput } from '../../core/changes/fileChanges.ts';
import {
  readInstallation,
  readRecord,
  readRegistration,
  checkRegistration,
} from '../../core/installation/readFiles.ts';
import { recordOf } from '../../core/run/record.ts';
import { renderRecord } from '../../core/registration/record.ts';
import type { Registration } from '../../core/registration/registration.ts';
import { resolveNames } from '../../core/names/names.ts';
import type { Job } from '../../core/run/job.ts';
import { shortFiles, zotRegistration } from '../fixtures/zot.ts';

// Names that every object of JavaScript has, or that mean something when they are assigned to.
const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', 'valueOf'] as const;

type Spec = Record<string, unknown>;

const ansible: Spec = { ...zotRegistration.spec.consumers[0], playbook: 'site.yml', rolesPath: 'roles', place: 'end' };
const external: Spec = {
  kind: 'externalSecret',
  file: 'apps/zot/oidc.yaml',
  name: 'zot-oidc',
  namespace: 'zot',
  application: 'zot',
  secretStoreRef: { name: 'onepassword' },
};

/** Every name that a registration is free to choose, each by itself. */
const FIELDS: Readonly<Record<string, (name: string) => Spec>> = {
  displayName: (displayName) => ({ displayName }),
  description: (description) => ({ description }),
  slug: (slug) => ({ slug }),
  clientId: (clientId) => ({ clientId }),
  vaultField: (vaultField) => ({ vaultField }),
  scopes: (scope) => ({ scopes: ['openid', scope] }),
  'access.groups': (group) => ({ access: { groups: [group] } }),
  'groups.name': (name) => ({ groups: [{ name, comment: name }] }),
  'serviceAccounts.username': (username) => ({
    groups: [{ name: 'bots', serviceAccounts: [{ username, name: username }] }],
  }),
  'files.path': (path) => ({ files: [{ path, text: path }] }),
  ...Object.fromEntries(
    ['role', 'fact', 'register', 'task', 'notify', 'owner', 'group', 'comment', 'dest'].map((field) => [
      `ansible.${field}`,
      (name: string) => ({ consumers: [{ ...ansible, [field]: name }] }),
    ]),
  ),
  'ansible.fact with a default': (fact) => ({ consumers: [{ ...ansible, fact, guard: 'default' }] }),
  'ansible.tags': (tag) => ({ consumers: [{ ...ansible, tags: [tag] }] }),
  'ansible.template': (name) => ({
    consumers: [{ ...ansible, template: { name, text: `<<clientSecret>> <<${name}>>` } }],
  }),
  'ansible.probe': (command) => ({ consumers: [{ ...ansible, probe: { command } }] }),
  ...Object.fromEntries(
    ['name', 'namespace', 'cluster', 'secretKey', 'restart'].map((field) => [
      `externalSecret.${field}`,
      (name: string) => ({ consumers: [{ ...external, [field]: field === 'restart' ? [name] : name }] }),
    ]),
  ),
  'externalSecret.keys': (clientId) => ({ consumers: [{ ...external, keys: { clientId } }] }),
  'externalSecret.target.template': (key) => ({
    consumers: [
      {
        ...external,
        target: { template: { metadata: { labels: own(key, 'x') }, data: own(key, '{{ .clientSecret }}') } },
      },
    ],
  }),
};

/** Names that stand in no file, but are looked up. */
const LOOKED_UP: ReadonlySet<string> = new Set(['ansible.probe', 'externalSecret.cluster', 'externalSecret.restart']);

/** An object with an own key of that name. */
function own(name: string, value: unknown): object {
  return JSON.parse(`{${JSON.stringify(name)}: ${JSON.stringify(value)}}`) as object;
}

const FILES: Readonly<Record<string, string>> = {
  'secret.yaml': `kind: ExternalSecret
metadata: {name: authentik}
spec:
  target: {name: authentik-config}
  data:
    - secretKey: a
      remoteRef: {key: Authentik, property: a}
`,
  'worker.yaml': `kind: Deployment
metadata: {name: worker}
spec:
  template:
    spec:
      containers:
        - name: worker
          env:
            - name: A
              value: b
`,
  'blueprints.yaml': 'kind: ConfigMap\nmetadata: {name: blueprints}\ndata:\n  common.yaml: |\n    version: 1\n',
  'site.yml': '- hosts: all\n  pre_tasks:\n    - name: One\n      debug:\n  roles: [zot, constructor, toString]\n',
  'roles/zot/tasks/main.yml': '- name: Start\n  service: {name: zot}\n',
  'roles/zot/defaults/main.yml': 'a: b\n',
};

/** A repository in which the role of a consumer is there, whatever it is called. */
function repositoryOf({ spec }: Registration): Readonly<Record<string, string>> {
  const roles = spec.consumers.flatMap((each) => (each.kind === 'ansible' ? [each.role] : []));
  return {
    ...FILES,
    'site.yml': `- hosts: all\n  pre_tasks:\n    - name: One\n      debug:\n  roles: [${roles.join(', ')}]\n`,
    ...Object.fromEntries(
      roles.map((role) => [`roles/${role}/tasks/main.yml`, FILES['roles/zot/tasks/main.yml'] ?? '']),
    ),
  };
}

function written(files: ReadonlyMap<string, string>, plans: readonly { path: string; after: string | null }[]) {
  const result = new Map(files);
  for (const { path, after } of plans) {
    if (after === null) result.delete(path);
    else result.set(path, after);
  }
  return result;
}

function inputOf(registration: Registration, files: ReadonlyMap<string, string>): ChangeInput {
  const installation = shortFiles();
  const names = resolveNames(registration, installation);
  const { text } = renderBlueprint({ registration, installation, names, authentikVersion: '2026.2.2' });
  const steps = [
    'patchExternalSecret',
    'syncBlueprint',
    'renderAnsibleFiles',
    'deliverToConsumers',
  ] as ChangeInput['steps'];
  return { registration, installation, names, blueprintText: text, steps, read: (path) => files.get(path) };
}

/** Undefined where it is refused, by name. */
function checked(spec: Spec, name: string): Registration | undefined {
  try {
    return checkRegistration(
      { ...zotRegistration, spec: { ...zotRegistration.spec, consumers: [ansible], ...spec } },
      'test',
    );
  } catch (error) {
    if (!(error instanceof RegistrarError)) throw error;
    expect(error.kind).toBe('BadInput');
    expect(error.message).toMatch(new RegExp(`${name}|must be|must name`));
    return undefined;
  }
}

describe.each(Object.entries(FIELDS))('as %s', (field, specOf) => {
  it.each(NAMES)('%s is refused by name, or is written, found again and taken out', (name) => {
    const registration = checked(specOf(name), name);
    if (registration === undefined) return;
    const before = new Map(Object.entries(repositoryOf(registration)));
    const plans = planFileChanges(inputOf(registration, before));
    expect(plans.every(({ kind }) => kind === 'changed' || kind === 'created')).toBe(true);
    const after = written(before, plans);
    if (!LOOKED_UP.has(field)) expect([...after.values()].join('\n')).toContain(name);
    const again = planFileChanges(inputOf(registration, after));
    expect(new Set(again.map(({ kind }) => kind))).toEqual(new Set(['alreadyThere']));
    expect(written(after, planFileRemovals(inputOf(registration, after)))).toEqual(before);
  });

  it.each(NAMES)('%s stands in the section and the record as it was asked', (name) => {
    const registration = checked(specOf(name), name);
    if (registration === undefined) return;
    const { blueprintText } = inputOf(registration, new Map());
    expect(readSection(blueprintText).entries.every(({ key }) => key !== undefined)).toBe(true);
    const { groups } = registration.spec;
    const job = { registration, before: { groups: [], users: [], vaultField: false }, edits: [], continued: false };
    const marked = { groups: [], users: [], vaultField: false };
    const record = recordOf({ job: job as unknown as Job, known: undefined, marked, authentik: '2026.2' });
    const read = readRecord(renderRecord(record), 'zot.oidc-record', 'zot');
    expect(Object.keys(read.origin.groups)).toEqual(groups.map((group) => group.name));
    expect(Object.entries(read.origin.groups).map(([, origin]) => origin)).toEqual(groups.map(() => 'made'));
    expect(read.delivered.consumers).toEqual(registration.spec.consumers.filter(({ kind }) => kind !== 'manual'));
  });
});

it.each(['file', 'input'])('a key that a reader would lose is refused by name in a registration (%s)', (how) => {
  const labels = own('__proto__', 'x');
  const consumers = [{ ...external, target: { template: { metadata: { labels } } } }];
  const registration = { ...zotRegistration, spec: { ...zotRegistration.spec, consumers } };
  const read = () =>
    how === 'file'
      ? readRegistration(JSON.stringify(registration), 'zot.yaml')
      : checkRegistration(registration, 'the input');
  expect(read).toThrow('spec.consumers.0.target.template.metadata.labels: key "__proto__" is no name here');
});

it('a key that a reader would lose is refused by name in registrar.yaml', () => {
  const clusters = own('__proto__', {});
  expect(() => readInstallation(JSON.stringify({ ...shortFiles(), clusters }), 'registrar.yaml')).toThrow(
    'clusters: key "__proto__" is no name here',
  );
});

it.each(NAMES)('a live object that lacks the key %s is no object that has it', (name) => {
  expect(driftPaths({ data: own(name, 'x') }, { data: {} })).toEqual([`/data/${name}`]);
  expect(driftPaths({ data: own(name, 'x') }, { data: own(name, 'x') })).toEqual([]);
});
