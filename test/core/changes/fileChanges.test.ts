import { describe, expect, it } from 'vitest';
import {
  filesNeeded,
  pathsRead,
  planFileChanges,
  planFileRemovals,
  type ChangeInput,
} from '../../../core/changes/fileChanges.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import type { RegistrationInput } from '../../../core/registration/registration.ts';
import { resolveNames } from '../../../core/names/names.ts';
import { shortFiles, zotRegistration } from '../../fixtures/zot.ts';

type Spec = RegistrationInput['spec'];
type Consumer = Extract<NonNullable<Spec['consumers']>[number], { kind: 'ansible' }>;

/** Zot's consumer, in a repository of short names. */
const consumer: Consumer = {
  ...(zotRegistration.spec.consumers[0] as Consumer),
  playbook: 'site.yml',
  rolesPath: 'roles',
  place: 'end',
};

/** The registration, and an installation whose files are short names. */
function setUp(change: { spec?: Partial<Spec>; deploymentFile?: string } = {}) {
  const spec = { ...zotRegistration.spec, consumers: [consumer], ...change.spec };
  const registration = checkRegistration({ ...zotRegistration, spec }, 'test');
  const installation = shortFiles(change.deploymentFile);
  return { registration, installation, names: resolveNames(registration, installation) };
}

const secret = `kind: ExternalSecret
metadata: {name: authentik}
spec:
  target: {name: authentik-config}
  data:
    - secretKey: a
      remoteRef: {key: Authentik, property: a}
`;
const worker = `kind: Deployment
metadata: {name: worker}
spec:
  template:
    spec:
      containers:
        - name: worker
          env:
            - name: A
              value: b
`;
const blueprints = `kind: ConfigMap
metadata: {name: blueprints}
data:
  common.yaml: |
    version: 1
`;
const tasks = '- name: Start\n  service: {name: zot}\n';
const playbook = '- hosts: all\n  pre_tasks:\n    - name: One\n      debug:\n  roles: [zot]\n';

const files = {
  'secret.yaml': secret,
  'worker.yaml': worker,
  'blueprints.yaml': blueprints,
  'roles/zot/tasks/main.yml': tasks,
  'site.yml': playbook,
};
type Files = Readonly<Record<string, string>>;

function input(repository: Files, change: Parameters<typeof setUp>[0] = {}): ChangeInput {
  return {
    ...setUp(change),
    blueprintText: 'version: 1\n',
    steps: ['patchExternalSecret', 'syncBlueprint', 'renderAnsibleFiles'],
    read: (path) => repository[path],
  };
}

/** The repository with the plans written to it, in their order. */
function written(repository: Files, plans: readonly { path: string; after: string | null }[]): Files {
  const result = new Map(Object.entries(repository));
  for (const { path, after } of plans) {
    if (after === null) result.delete(path);
    else result.set(path, after);
  }
  return Object.fromEntries(result);
}

function thrown(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('planFileChanges', () => {
  it('names step, file and kind of every edit, and reads the Secret behind the ExternalSecret', () => {
    const plans = planFileChanges(input(files));
    expect(plans.map(({ step, path, kind }) => `${step} ${path} ${kind}`)).toEqual([
      'patchExternalSecret secret.yaml changed',
      'patchExternalSecret worker.yaml changed',
      'syncBlueprint blueprints.yaml changed',
      'renderAnsibleFiles roles/zot/templates/oidc-credentials.json.j2 created',
      'renderAnsibleFiles roles/zot/tasks/main.yml changed',
      'renderAnsibleFiles site.yml changed',
    ]);
    expect(plans[1]?.after).toBe(`${worker}            - name: AUTHENTIK_ZOT_CLIENT_SECRET
              valueFrom:
                secretKeyRef:
                  name: authentik-config
                  key: zot-client-secret
`);
    expect(plans.map(({ path }) => path)).toEqual(
      filesNeeded(input(files).registration, input(files).installation).map(({ path }) => path),
    );
  });

  it('does only the steps that are asked', () => {
    const plans = planFileChanges({ ...input(files), steps: ['syncBlueprint'] });
    expect(plans.map(({ path }) => path)).toEqual(['blueprints.yaml']);
  });

  it('finds everything there the second time', () => {
    const after = written(files, planFileChanges(input(files)));
    const again = planFileChanges(input(after));
    expect(again.map(({ kind }) => kind)).toEqual(Array.from({ length: 6 }, () => 'alreadyThere'));
    expect(written(after, again)).toEqual(after);
  });

  it('adds an empty default where that is the guard, and no condition', () => {
    const spec = { consumers: [{ ...consumer, guard: 'default' }] } as Partial<Spec>;
    const plans = planFileChanges(input({ ...files, 'roles/zot/defaults/main.yml': 'zot_port: 1\n' }, { spec }));
    const after = written({}, plans);
    expect(after['roles/zot/defaults/main.yml']).toBe("zot_port: 1\nzot_oidc_client_secret: ''\n");
    expect(after['roles/zot/tasks/main.yml']).not.toContain('when:');
  });

  it('makes two edits of one file, one after the other, and takes both out again', () => {
    const together = { ...files, 'secret.yaml': `${secret}---\n${worker}` };
    const change = { deploymentFile: 'secret.yaml' };
    const after = written(together, planFileChanges(input(together, change)));
    expect(after['secret.yaml']).toContain('- secretKey: zot-client-secret');
    expect(after['secret.yaml']).toContain('- name: AUTHENTIK_ZOT_CLIENT_SECRET');
    expect(written(after, planFileRemovals(input(after, change)))).toEqual(together);
  });

  it('delivers to two roles of one playbook', () => {
    const spec = { consumers: [consumer, { ...consumer, role: 'mirror' }] } as Partial<Spec>;
    const two = {
      ...files,
      'site.yml': playbook.replace('[zot]', '[zot, mirror]'),
      'roles/mirror/tasks/main.yml': tasks,
    };
    const after = written(two, planFileChanges(input(two, { spec })));
    expect(after['site.yml']).toContain('- name: Fetch zot OIDC client secret\n');
    expect(after['site.yml']).toContain('- name: Fetch zot OIDC client secret for role mirror\n');
    expect(written(after, planFileRemovals(input(after, { spec })))).toEqual(two);
  });

  it('names a missing file', () => {
    const { 'site.yml': _, ...rest } = files;
    expect(thrown(() => planFileChanges(input(rest)))).toMatchObject({
      kind: 'NotFound',
      system: 'Git',
      message: 'site.yml: the GitOps repository has no such file',
      remedy: 'Correct playbook in the registration: it names the file whose play uses the role zot.',
    });
  });

  it.each(['', blueprints.replace('name: blueprints', 'name: other')])(
    'shows the ConfigMap that is to be made first where there is none: %j',
    (text) => {
      expect(thrown(() => planFileChanges(input({ ...files, 'blueprints.yaml': text })))).toMatchObject({
        message: expect.stringMatching(
          /^blueprints\.yaml: it holds 0 documents of kind ConfigMap named blueprints, one is needed/,
        ) as string,
        remedy: expect.stringMatching(
          /^Correct authentik\.blueprints in [^]*mount it at \/blueprints\/custom[^]*\nkind: ConfigMap\n/,
        ) as string,
      });
    },
  );

  it('finds main.yaml, and makes the tasks of a role that is there without any', () => {
    const { 'roles/zot/tasks/main.yml': main, ...rest } = files;
    const long = { ...rest, 'roles/zot/tasks/main.yaml': main };
    expect(planFileChanges(input(long)).map(({ path }) => path)).toContain('roles/zot/tasks/main.yaml');
    const none = { ...rest, 'roles/zot/meta/main.yml': 'dependencies: []\n' };
    const made = written(none, planFileChanges(input(none)));
    expect(made['roles/zot/tasks/main.yml']).toMatch(/^---\n- name: Deploy zot OIDC credentials\n/);
    expect(written(made, planFileRemovals(input(made)))).toEqual(none);
    expect(pathsRead(input(none).registration, input(none).installation)).toContain('roles/zot/meta/main.yml');
  });

  it('refuses a blueprint file that is there although the generator does not name it', () => {
    const { 'blueprints.yaml': _, ...rest } = files;
    const generator = 'configMapGenerator:\n  - name: blueprints\n    files:\n      - a.yaml\n';
    const repository = { ...rest, 'kustomization.yaml': generator, 'own/zot.yaml': 'version: 1\n' };
    const { installation, ...others } = input(repository);
    const authentik = {
      ...installation.authentik,
      blueprints: { ...installation.authentik.blueprints, file: 'kustomization.yaml', generatedFrom: 'own' },
    };
    expect(thrown(() => planFileChanges({ ...others, installation: { ...installation, authentik } }))).toMatchObject({
      message: expect.stringMatching(/^own\/zot\.yaml: it is there, but the generator does not name it/) as string,
      remedy: expect.stringContaining('- zot.yaml=') as string,
    });
  });

  it('changes no entry of a client that is new, where its blueprint is a file of its own either', () => {
    const { 'blueprints.yaml': _, ...rest } = files;
    const { installation, ...others } = input({
      ...rest,
      'kustomization.yaml': 'configMapGenerator:\n  - name: blueprints\n    files:\n      - a.yaml\n',
      'roles/zot/templates/oidc-credentials.json.j2': '{"mine": "{{ zot_oidc_client_secret }}"}\n',
    });
    const authentik = {
      ...installation.authentik,
      blueprints: { ...installation.authentik.blueprints, file: 'kustomization.yaml', generatedFrom: 'own' },
    };
    expect(thrown(() => planFileChanges({ ...others, installation: { ...installation, authentik } }))).toMatchObject({
      kind: 'Collision',
      message: expect.stringContaining(
        'oidc-credentials.json.j2: an entry of that name is there but different',
      ) as string,
    });
  });

  it('makes no role: a name may be misspelt', () => {
    const { 'roles/zot/tasks/main.yml': _, ...rest } = files;
    expect(thrown(() => planFileChanges(input(rest)))).toMatchObject({
      message: 'roles/zot/tasks/main.yml: the GitOps repository has no such file',
      remedy: 'Correct role or rolesPath in the registration, or make the role zot first.',
    });
  });

  it('names every file that cannot be edited, with the lines to add by hand', () => {
    const bad = { ...files, 'worker.yaml': 'kind: {', 'site.yml': '- hosts: all\n  pre_tasks: []\n  roles: [zot]\n' };
    expect(thrown(() => planFileChanges(input(bad)))).toMatchObject({
      kind: 'BadInput',
      message: expect.stringMatching(
        /^2 problems, nothing was changed\. 1\. Git: worker\.yaml: it does not parse as YAML, line 1: .* Mend the file, or add these lines by hand:\n {12}- name: AUTHENTIK_ZOT_CLIENT_SECRET\n[^]* 2\. Git: site\.yml: 0\.pre_tasks is there but empty: take its line out, and the job writes it\. Mend the file, or add these lines by hand:\n {4}# Zot OIDC client secret\n/,
      ) as string,
      remedy: 'Mend them all, then start again.',
    });
  });

  it('tells once what keeps several edits of a file from being made', () => {
    const kept = { vaultField: 'zot-id', secretKey: 'zot-id', envVar: 'ZOT_CLIENT_ID' };
    const { names, ...asked } = input({ ...files, 'worker.yaml': 'kind: Service\nmetadata: {name: worker}\n' });
    const error = thrown(() => planFileChanges({ ...asked, names: { ...names, keptId: kept } })) as Error;
    expect(error.message).toMatch(/^worker\.yaml: [^\n]*kind Deployment named worker[^\n]*$/);
  });

  it('shows both texts of an entry that is there but different, and never a secret that stands in clear', () => {
    const mine = `version: 1
entries:
  - attrs:
      client_id: zot
      client_secret: hunter2
      other: "password": 'two'
`;
    const template = '{"clientid": "zot", "clientsecret": "hunter3"}\n';
    const bad = {
      ...files,
      'blueprints.yaml': `${blueprints}\n  zot.yaml: |\n${mine.replaceAll(/^/gm, '    ').trimEnd()}\n`,
      'roles/zot/templates/oidc-credentials.json.j2': template,
    };
    expect(thrown(() => planFileChanges(input(bad)))).toMatchObject({
      kind: 'Collision',
      message: `2 problems, nothing was changed. 1. Git: blueprints.yaml: an entry of that name is there but different. It is not changed: the blueprint has no list of entries. There:
version: 1
entries:
  - attrs:
      client_id: zot
      client_secret: …
      other: "password": …

Wanted:
version: 1
Make the entry as wanted, rename or remove it, then start again. 2. Git: roles/zot/templates/oidc-credentials.json.j2: an entry of that name is there but different. There:
{"clientid": "zot", "clientsecret": …}

Wanted:
{
  "clientid": "zot",
  "clientsecret": "{{ zot_oidc_client_secret }}"
}
Make the entry as wanted, rename or remove it, then start again.`,
    });
  });

  it('shows tags and expressions that stand where a secret would', () => {
    const mine = 'client_secret: !Env OTHER\nclient_secret2: "{{ x }}"\ntoken: {{ y }}\n';
    const bad = { ...files, 'roles/zot/templates/oidc-credentials.json.j2': mine };
    expect(thrown(() => planFileChanges(input(bad)))).toMatchObject({
      message: expect.stringContaining(mine) as string,
    });
  });
});

describe('planFileRemovals', () => {
  const after = written(files, planFileChanges(input(files)));

  it('gives every byte back, and deletes the template', () => {
    const removals = planFileRemovals(input(after));
    expect(removals.map(({ path, kind }) => `${path} ${kind}`)).toEqual([
      'secret.yaml changed',
      'worker.yaml changed',
      'blueprints.yaml changed',
      'roles/zot/templates/oidc-credentials.json.j2 changed',
      'roles/zot/tasks/main.yml changed',
      'site.yml changed',
    ]);
    expect(written(after, removals)).toEqual(files);
  });

  it('takes out only the entries that are ours, also where several share a file', () => {
    const together = { ...after, 'secret.yaml': `${after['secret.yaml']}---\n${after['worker.yaml']}` };
    const ours = (entry: string): boolean => entry === 'externalSecret';
    const removals = planFileRemovals(input(together, { deploymentFile: 'secret.yaml' }), ours);
    expect(removals.map(({ path, kind }) => `${path} ${kind}`)).toEqual(['secret.yaml changed']);
    expect(removals[0]?.after).toBe(`${files['secret.yaml']}---\n${after['worker.yaml']}`);
  });

  it('finds nothing to remove where nothing was added', () => {
    const removals = planFileRemovals(input(files));
    expect(removals.every(({ kind, reason }) => kind === 'alreadyGone' && reason === '')).toBe(true);
    expect(written(files, removals)).toEqual(files);
  });

  it('keeps what others have added meanwhile', () => {
    const later = {
      ...after,
      'secret.yaml': `${after['secret.yaml']}    - secretKey: later\n      remoteRef: {key: a, property: b}\n`,
      'site.yml': (after['site.yml'] ?? '').replace(
        '  roles:',
        '    # Later\n    - name: Later\n      debug:\n  roles:',
      ),
    };
    expect(written(later, planFileRemovals(input(later)))).toEqual({
      ...files,
      'secret.yaml': `${secret}    - secretKey: later\n      remoteRef: {key: a, property: b}\n`,
      'site.yml': playbook.replace('  roles:', '    # Later\n    - name: Later\n      debug:\n  roles:'),
    });
  });

  it('keeps our entry where somebody has changed it or broken the file, and says why', () => {
    const broken = {
      ...after,
      'secret.yaml': (after['secret.yaml'] ?? '').replaceAll('property: zot-client-secret', 'property: other'),
      'worker.yaml': `${after['worker.yaml']}  : [`,
      'roles/zot/templates/oidc-credentials.json.j2': 'mine\n',
    };
    const removals = planFileRemovals(input(broken));
    expect(removals.filter(({ kind }) => kind === 'kept').map(({ path, reason }) => `${path}: ${reason}`)).toEqual([
      'secret.yaml: someone has changed our entry since.',
      expect.stringMatching(
        /^worker\.yaml: our entry cannot be taken out safely: it does not parse as YAML, line \d+: .+\.$/,
      ) as string,
      'roles/zot/templates/oidc-credentials.json.j2: someone has changed our entry since.',
    ]);
    expect(removals.filter(({ kind }) => kind === 'kept').map(({ path, after: text }) => [path, text])).toEqual(
      ['secret.yaml', 'worker.yaml', 'roles/zot/templates/oidc-credentials.json.j2'].map((path) => [
        path,
        broken[path as keyof typeof broken],
      ]),
    );
  });
});
