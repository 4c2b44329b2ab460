import { describe, expect, it } from 'vitest';
import { modeAskedBy, wantedState } from '../../../core/authentik/wantedState.ts';
import { planMarkdown } from '../../../core/plan/planMarkdown.ts';
import { plannedActions, type PlannedJob } from '../../../core/plan/plannedActions.ts';
import { changedFiles, plannedFiles, plannedFilesForHistory } from '../../../core/plan/plan.ts';
import { installationSchema, type InstallationInput } from '../../../core/installation/installation.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import { resolveNames } from '../../../core/names/names.ts';
import { caseInstallation, zotRegistration } from '../../fixtures/zot.ts';

it('makes one change of several edits of a file, and leaves out what stays', () => {
  expect(
    changedFiles([
      { path: 'a', before: '1\n', after: '1\n2\n' },
      { path: 'b', before: '1\n', after: '1\n' },
      { path: 'a', before: '1\n2\n', after: '1\n2\n3\n' },
      { path: 'c', before: undefined, after: '1\n' },
      { path: 'd', before: '1\n', after: '', gone: true },
    ]),
  ).toEqual([
    { path: 'a', before: '1\n', after: '1\n2\n3\n' },
    { path: 'c', before: undefined, after: '1\n' },
    { path: 'd', before: '1\n', after: undefined },
  ]);
});

it('tells files that are made, changed and deleted apart', () => {
  const files = [
    { path: 'a', before: undefined, after: '1\n' },
    { path: 'b', before: '1\n', after: '2\n' },
    { path: 'c', before: '1\n', after: undefined },
  ];
  expect(plannedFiles(files).map(({ kind }) => kind)).toEqual(['created', 'changed', 'deleted']);
  expect(plannedFiles(files)[2]?.diff).toContain('deleted file mode');
});

describe('a plan that goes into a history', () => {
  const secret = 'password: hunter2\n';
  const lines = (count: number): string => 'x: 1\n'.repeat(count);

  it('has the diff that a person sees where no secret is near', () => {
    const file = { path: 'a', before: `${secret}${lines(3)}end: 1\n`, after: `${secret}${lines(3)}y: 2\nend: 1\n` };
    expect(plannedFilesForHistory([file])).toEqual(plannedFiles([file]));
    expect(JSON.stringify(plannedFilesForHistory([file]))).not.toContain('hunter2');
  });

  it('shows fewer lines around a change where one of them looks like a secret', () => {
    const file = { path: 'a', before: `${secret}${lines(2)}end: 1\n`, after: `${secret}${lines(2)}y: 2\nend: 1\n` };
    expect(plannedFiles([file])[0]?.diff).toContain('hunter2');
    const [{ diff = '' } = {}] = plannedFilesForHistory([file]);
    expect(diff).toContain('+y: 2');
    expect(diff).not.toContain('hunter2');
  });

  it('leaves a diff out that cannot do without the secret, and says where it can be seen', () => {
    const file = { path: 'a', before: secret, after: `${secret}y: 2\n` };
    expect(plannedFilesForHistory([file])).toEqual([
      { path: 'a', kind: 'changed', hidden: expect.stringContaining('plan --offline') },
    ]);
    const taken = { path: 'a', before: `a: 1\n${secret}`, after: 'a: 1\n' };
    expect(JSON.stringify(plannedFilesForHistory([taken]))).not.toContain('hunter2');
  });

  it.each([
    ['- name: PG_PASSWORD\n  value: hunter2\n', false],
    ['- name: DATABASE_URL\n  value: postgres://a:hunter2@db/a\n', false],
    [
      '- name: A\n  valueFrom:\n    secretKeyRef: { name: a, key: b }\n- value: hunter2\n  name: SMTP_PASSWORD\n',
      false,
    ],
    ['APP_SECRET: hunter2\n', false],
    ['secret-key: hunter2\n', false],
    ['- name: LOG_LEVEL\n  value: info\n', true],
    ['- secretKey: a\n  remoteRef: { key: b, property: c }\n', true],
    ['secretName: a\nsecret:\n  secretName: b\n', true],
  ])('hides what people wrote in clear beside a change: %j', (before, seen) => {
    const [{ diff } = {}] = plannedFilesForHistory([{ path: 'a', before, after: `${before}y: 2\n` }]);
    expect(diff ?? '').not.toContain('hunter2');
    if (seen) expect(diff).toContain(before.split('\n').at(-2));
  });

  it('shows variables and tags that stand for a secret', () => {
    const text = 'client_secret: !Env X\ninclude_claims_in_id_token: true\n"clientsecret": "{{ zot_secret }}"\n';
    const [{ diff } = {}] = plannedFilesForHistory([{ path: 'a', before: text, after: `${text}y: 2\n` }]);
    expect(diff).toContain('!Env X');
    const near = { path: 'a', before: 'password: true-love\n', after: 'password: true-love\ny: 2\n' };
    expect(JSON.stringify(plannedFilesForHistory([near]))).not.toContain('true-love');
  });

  it('leaves out what is too long for one answer of Temporal, and shows the rest', () => {
    const file = (path: string, size: number) => ({ path, before: undefined, after: lines(size) });
    const shown = plannedFilesForHistory([file('a', 100), file('b', 1_000), file('c', 100)], 2_000);
    expect(shown.map(({ diff }) => diff !== undefined)).toEqual([true, false, true]);
    expect(shown[1]?.hidden).toContain('too long');
  });
});

/** A new client, in an installation with these settings. */
function actions(change: Partial<PlannedJob> = {}, settings: Partial<InstallationInput> = {}): readonly string[] {
  const installation = installationSchema.parse({ ...caseInstallation, ...settings });
  const registration = change.registration ?? checkRegistration(zotRegistration, 'test');
  const edits = (['externalSecret', 'deployment', 'configMap'] as const).map((entry) => ({
    step: 'syncBlueprint' as const,
    entry,
    path: `${entry}.yaml`,
    kind: 'changed' as const,
  }));
  const nothing = { known: true, vaultField: false, instance: false, application: false, provider: false };
  const names = resolveNames(registration, installation);
  const job: PlannedJob = {
    registration,
    names,
    wanted: wantedState(registration, installation, names),
    before: { ...nothing, groups: [], users: [] },
    edits,
    mode: 'apply',
    land: installation.gitops.land,
    ...change,
  };
  return plannedActions(job, installation).map(({ system, what }) => `${system}: ${what}`);
}

describe('what is done beside the files, in words', () => {
  it('is all of a new client, in the order of a run', () => {
    expect(actions()).toEqual([
      '1Password: make a secret and put it into field "zot-client-secret" of item "Authentik (blumeops)"',
      'Argo CD: sync by Application authentik ExternalSecret authentik/authentik-config in cluster ringtail: the Secret gets the key zot-client-secret',
      'Argo CD: sync by Application authentik ConfigMap authentik/authentik-blueprints in cluster ringtail: its key zot.yaml gets the blueprint that is asked for',
      'Argo CD: sync by Application authentik Deployment authentik/authentik-worker in cluster ringtail: new pods, with the variable AUTHENTIK_ZOT_CLIENT_SECRET',
      'Authentik: apply blueprint custom/zot.yaml',
      'Authentik: make provider "Zot" with client id zot, redirecting to https://registry.example.test/zot/auth/callback/oidc',
      'Authentik: make application "Zot" with slug zot',
      'Authentik: let members of admins sign in',
      'Authentik: make group artifact-workloads',
      'Authentik: make service account svc-artifact-ci in group artifact-workloads',
      'Git: land the change of the files on main in one step, once everything is proven',
    ]);
  });

  it('is an item of its own, made where it is not there', () => {
    const { itemId: _id, itemTitle: _title, ...vault } = caseInstallation.vault;
    const each = { vault: { ...vault, item: 'oidc-{name}' } };
    const [first] = actions({}, each);
    expect(first).toBe(
      '1Password: make a secret and put it into field "zot-client-secret" of item "oidc-zot", which is made for it',
    );
    const vaultItem = { title: 'oidc-zot', client: 'zot', id: 'an-id' };
    const installation = installationSchema.parse({ ...caseInstallation, ...each });
    const names = { ...resolveNames(checkRegistration(zotRegistration, 'test'), installation), vaultItem };
    expect(actions({ names }, each)[0]).toMatch(/of item "oidc-zot"$/);
  });

  it('is the delivery to a consumer with an ExternalSecret of its own', () => {
    const external = {
      kind: 'externalSecret' as const,
      file: 'apps/zot/secret.yaml',
      name: 'zot-oidc',
      namespace: 'registry',
      application: 'zot',
      secretStoreRef: { name: 'vault' },
    };
    const spec = { ...zotRegistration.spec, consumers: [external] };
    const registration = checkRegistration({ ...zotRegistration, spec }, 'test');
    const edit = {
      step: 'deliverToConsumers',
      entry: 'consumerSecret/0',
      path: external.file,
      kind: 'created',
    } as const;
    expect(actions({ registration, edits: [edit] }).at(-2)).toBe(
      'Argo CD: sync by Application zot ExternalSecret registry/zot-oidc in cluster ringtail: Secret zot-oidc gets the secret',
    );
    expect(actions({ registration, edits: [{ ...edit, kind: 'alreadyThere' }] }).join()).not.toContain('zot-oidc');
  });

  it('lands first where the Application is synced automatically, and waits for people where they merge', () => {
    const gitops = { ...caseInstallation.gitops, land: 'first' as const };
    expect(actions({}, { gitops })[1]).toBe(
      'Git: land the change of the files on main in one step, before anything is deployed',
    );
    expect(actions({ landBy: 'pullRequest' }).at(-1)).toContain('wait until people have merged it');
  });

  it('names who deploys', () => {
    const { argocd: _argocd, ...rest } = caseInstallation;
    const { application: _application, ...authentik } = rest.authentik;
    const gitops = { ...rest.gitops, land: 'first' as const };
    const external = { argocd: undefined, gitops, authentik: { ...authentik, deployBy: 'external' as const } };
    expect(actions({}, external).find((line) => line.startsWith('Kubernetes'))).toContain(
      'wait until somebody deploys ExternalSecret',
    );
  });

  it('names the objects of Flux: the Kustomization of each, the HelmRelease of the Deployment alone', () => {
    const { argocd: _argocd, ...rest } = caseInstallation;
    const { application: _application, ...authentik } = rest.authentik;
    const byFlux = { deployBy: 'flux' as const, kustomization: 'identity', helmRelease: 'authentik' };
    const settings = {
      argocd: undefined,
      gitops: { ...rest.gitops, land: 'first' as const },
      authentik: { ...authentik, ...byFlux },
    };
    expect(actions({}, settings).filter((line) => line.startsWith('Flux'))).toEqual([
      'Flux: reconcile by Kustomization identity ExternalSecret authentik/authentik-config in cluster ringtail: the Secret gets the key zot-client-secret',
      'Flux: reconcile by Kustomization identity ConfigMap authentik/authentik-blueprints in cluster ringtail: its key zot.yaml gets the blueprint that is asked for',
      'Flux: reconcile by Kustomization identity and HelmRelease authentik Deployment authentik/authentik-worker in cluster ringtail: new pods, with the variable AUTHENTIK_ZOT_CLIENT_SECRET',
    ]);
  });

  it('is new pods where envFrom brings the variable, and nothing of the Deployment is edited', () => {
    const edit = (entry: string) => ({ step: 'syncBlueprint', entry, path: entry, kind: 'changed' }) as const;
    const ofPods = (...entries: readonly string[]): readonly string[] =>
      actions({ edits: entries.map(edit) }).filter((line) => line.includes('Deployment'));
    expect(ofPods('externalSecret', 'configMap')).toEqual([
      'Kubernetes: restart the pods of Deployment authentik/authentik-worker in cluster ringtail, unless somebody has: envFrom gives the variable AUTHENTIK_ZOT_CLIENT_SECRET to new ones alone',
    ]);
    expect(ofPods('externalSecret', 'configMap', 'deployment').join()).not.toContain('envFrom');
    const found = actions({ edits: [edit('externalSecret')], land: 'first', mode: 'discovery' });
    expect(found[0]).toBe(
      'Kubernetes: restart the pods of Deployment authentik/authentik-worker in cluster ringtail, unless each has started since the Secret was last written: one may hold an older secret',
    );
  });

  it.each([
    [{ groups: ['admins'], users: ['bob'] }, 'let sign in whom one of these lets in: admins, user "bob"'],
    [{ groups: [], policies: ['office hours'] }, 'let sign in whom one of these lets in: policy "office hours"'],
    [
      { groups: ['admins'], users: ['bob'], mode: 'all' as const },
      'let sign in whom all of these let in: admins, user "bob"',
    ],
  ])('is who may sign in, with users and policies: %j', (access, line) => {
    const registration = checkRegistration({ ...zotRegistration, spec: { ...zotRegistration.spec, access } }, 'test');
    const installation = installationSchema.parse(caseInstallation);
    const names = resolveNames(registration, installation);
    const wanted = wantedState(registration, installation, names, modeAskedBy(registration));
    expect(actions({ registration, wanted })).toContain(`Authentik: ${line}`);
  });

  it('keeps what is there', () => {
    const before = {
      known: true,
      vaultField: true,
      instance: true,
      application: true,
      provider: true,
      groups: ['artifact-workloads'],
      users: [],
    };
    const lines = actions({ before, edits: [], mode: 'discovery' });
    expect(lines).toEqual([
      '1Password: keep the secret that is in field "zot-client-secret" of item "Authentik (blumeops)"',
      "Authentik: wait until Authentik's discovery applies blueprint custom/zot.yaml",
      'Authentik: bring up to date provider "Zot" with client id zot, redirecting to https://registry.example.test/zot/auth/callback/oidc',
      'Authentik: bring up to date application "Zot" with slug zot',
      'Authentik: let members of admins sign in',
      'Authentik: keep group artifact-workloads, which is there',
      'Authentik: make service account svc-artifact-ci in group artifact-workloads',
    ]);
  });

  it('deploys in a repair what has drifted', () => {
    const repair = { reasons: [], deploy: ['configMap' as const], restart: true, newSecret: false, leftovers: [] };
    const lines = actions({ edits: [], repair }).filter((line) => line.startsWith('Argo CD'));
    expect(lines.map((line) => /(ExternalSecret|ConfigMap|Deployment) /.exec(line)?.[1])).toEqual([
      'ConfigMap',
      'Deployment',
    ]);
  });

  it('names the file where secrets reach Authentik as files', () => {
    const authentik = { ...caseInstallation.authentik, delivery: 'file' as const, secretFolder: '/client-secrets' };
    expect(actions({}, { authentik }).find((line) => line.includes('Deployment'))).toContain(
      'new pods, with the file /client-secrets/zot-client-secret',
    );
  });

  it('says so where every user may sign in', () => {
    const open = { ...zotRegistration, spec: { ...zotRegistration.spec, access: { everyone: true } } };
    expect(actions({ registration: checkRegistration(open, 'test') })).toContain('Authentik: let every user sign in');
  });
});

it('is shown by the Temporal UI in lists', () => {
  const nothing = { client: 'zot', unchanged: true, files: [], actions: [], warnings: [], remaining: [] };
  expect(planMarkdown(nothing)).toBe('### zot: nothing would change');
  const plan = {
    ...nothing,
    unchanged: false,
    files: [{ path: 'a.yaml', kind: 'created' as const }],
    actions: [{ system: 'Authentik' as const, what: 'make it' }],
  };
  expect(planMarkdown(plan)).toBe(
    '### zot: would change\n\n**Files**\n\n- a.yaml (created)\n\n**Beside the files**\n\n- **Authentik**: make it',
  );
  expect(planMarkdown({ ...nothing, remaining: ['by hand, Cloud:\nocc add \\\n  --id=zot', 'look'] })).toBe(
    '### zot: nothing would change\n\n**Remaining for people**\n\n' +
      '- by hand, Cloud:\n\n    ```text\n    occ add \\\n      --id=zot\n    ```\n- look',
  );
});
