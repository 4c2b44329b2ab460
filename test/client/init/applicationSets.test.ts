import { describe, expect, it } from 'vitest';
import { applicationsFor } from '../../../client/init/finders/argoCd.ts';
import { applicationsIn } from '../../../client/init/finders/applications.ts';
import type { Worker } from '../../../client/init/finders/worker.ts';
import { workersIn } from '../../../client/init/finders/workers.ts';
import { nameOf, Tree } from '../../../client/init/tree.ts';
import { textsOf } from '../../fixtures/texts.ts';
import { type Files, initOver, secretsWith } from './layouts.ts';

/** ApplicationSets, in the shapes in which public repositories have them: what they make is found as if a file held it. */

const tree = (files: Files): Tree => new Tree(textsOf(files));

const set = (generators: string, template: string, go = false): string => `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: { name: apps, namespace: argo }
spec:
  goTemplate: ${go}
  generators: ${generators}
  template: ${template}
`;

const FOLDERS: Files = { 'apps/idp/a.yaml': 'a: 1\n', 'apps/wiki/a.yaml': 'a: 1\n', 'apps/wiki/deep/b.yaml': 'b: 1\n' };
const template = (name: string, path: string): string =>
  `{ metadata: { name: '${name}' }, spec: { source: { repoURL: r, path: '${path}' }, destination: { namespace: '${name}' } } }`;

const made = (files: Files): readonly string[] =>
  applicationsIn(tree(files)).map(
    ({ object }) => `${nameOf(object)} ${(object as { spec: { source: { path: string } } }).spec.source.path}`,
  );

describe('what a generator makes', () => {
  it.each<[string, string, string[]]>([
    [
      'folders, by names alone',
      set('[{ git: { directories: [{ path: apps/* }] } }]', template('{{path.basename}}', '{{ path }}')),
      ['idp apps/idp', 'wiki apps/wiki'],
    ],
    [
      'folders but one, as Go templates',
      set(
        '[{ git: { directories: [{ path: "apps/*" }, { path: apps/wiki, exclude: true }] } }]',
        template('{{ .path.basename }}', '{{ .path.path }}'),
        true,
      ),
      ['idp apps/idp'],
    ],
    [
      'parts of a path, and values of its own',
      set(
        '[{ git: { directories: [{ path: apps/idp }], values: { of: "{{path.basename}}-x" } } }]',
        template('{{path[0]}}-{{values.of}}', '{{path}}'),
      ),
      ['apps-idp-x apps/idp'],
    ],
    [
      'a part of a path, as a Go template',
      set(
        '[{ git: { directories: [{ path: apps/idp }] } }]',
        template('{{ index .path.segments 1 }}', '{{.path.path}}'),
        true,
      ),
      ['idp apps/idp'],
    ],
    [
      'a list',
      set('[{ list: { elements: [{ name: a, of: { path: p } }] } }]', template('{{name}}', '{{of.path}}')),
      ['a p'],
    ],
    [
      'a matrix, whose second generator uses the first',
      set(
        '[{ matrix: { generators: [{ list: { elements: [{ root: apps }] } }, { git: { directories: [{ path: "{{root}}/idp" }] } }] } }]',
        template('{{root}}-{{path.basename}}', '{{path}}'),
      ),
      ['apps-idp apps/idp'],
    ],
    [
      'a list that a template gives, beside an empty one',
      set(
        '[{ list: { elements: [], elementsYaml: "{{ .all | toJson }}" } }]',
        template('{{ .name }}-idp', 'apps/{{ .name }}'),
        true,
      ),
      ['{{ .name }}-idp apps/{{ .name }}'],
    ],
    [
      'clusters, which no file tells',
      set('[{ clusters: {} }]', template('{{name}}-idp', 'clusters/{{name}}/idp')),
      ['{{name}}-idp clusters/{{name}}/idp'],
    ],
  ])('%s', (_, text, expected) => {
    expect(made({ ...FOLDERS, 'set.yaml': text })).toEqual(expected);
  });

  it('what a patch of Go templates adds makes no template of Helm of it', () => {
    const generators = '[{ git: { directories: [{ path: apps/idp }] } }]';
    const text = set(generators, template('{{.path.basename}}', '{{.path.path}}'), true);
    const patch = (words: string): string =>
      `${text}  templatePatch: |\n    {{- if ${words} }}\n    spec: {}\n    {{- end }}\n`;
    expect(made({ ...FOLDERS, 'set.yaml': patch('.automated') })).toEqual(['idp apps/idp']);
    expect(made({ ...FOLDERS, 'set.yaml': patch('.Values.automated') })).toEqual([]);
  });

  it.each([
    [false, '{{app.name}}', '{{path}}'],
    [true, '{{ .app.name }}', '{{.path.path}}'],
  ])('files, as Go templates: %s', (go, name, path) => {
    const files = {
      'apps/idp/app.yaml': 'app: { name: login }\n',
      'apps/wiki/app.yaml': 'app: { name: wiki }\n',
      'set.yaml': set('[{ git: { files: [{ path: "apps/**/app.yaml" }] } }]', template(name, path), go),
    };
    expect(made(files)).toEqual(['login apps/idp', 'wiki apps/wiki']);
  });
});

const none: Worker = {
  file: 'x.yaml',
  name: 'w',
  container: 'worker',
  mounts: undefined,
  environment: { env: [], envFrom: [] },
  secretFolders: [],
};

describe('what is made', () => {
  it('deploys the files of its folder, into the namespace that the template gives', async () => {
    const files = {
      ...FOLDERS,
      'set.yaml': set('[{ git: { directories: [{ path: apps/* }] } }]', template('{{path.basename}}', '{{path}}')),
    };
    expect(await applicationsFor(tree(files), ['apps/idp/a.yaml'], none)).toMatchObject([
      { name: 'idp', set: 'apps', files: ['apps/idp/a.yaml'], targetNamespace: 'idp', namespace: 'argo' },
      { name: 'wiki', files: [] },
    ]);
  });

  it('deploys what its folder may become, where a part of it is a cluster’s', async () => {
    const files = {
      'clusters/green/idp/deep/a.yaml': 'a: 1\n',
      'clusters/green/wiki/a.yaml': 'a: 1\n',
      'set.yaml': set('[{ clusters: {} }]', template('{{name}}-idp', 'clusters/{{name}}/idp')),
    };
    const all = ['clusters/green/idp/deep/a.yaml', 'clusters/green/wiki/a.yaml'];
    expect(await applicationsFor(tree(files), all, none)).toMatchObject([{ files: [all[0]], cluster: undefined }]);
  });

  it.each([
    'path: {{ folder }}',
    'path: idp\n    targetRevision: {{ branch }}',
    'path: idp\n    repoURL: {{ remote }}',
  ])('deploys nothing where a template of Ansible, %s, is YAML by chance', async (source) => {
    const text = `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: idp }\nspec:\n  source:\n    ${source}\n`;
    const all = { 'idp/a.yaml': 'a: 1\n', 'roles/argo/templates/app.yaml': text };
    expect(await applicationsFor(tree(all), ['idp/a.yaml'], none)).toMatchObject([{ name: 'idp', files: [] }]);
  });

  it('deploys nothing by a folder of which all is a cluster’s', async () => {
    const all = {
      'idp/a.yaml': 'a: 1\n',
      'set.yaml': set('[{ clusters: {} }]', template('{{name}}-x', '{{root}}{{path}}')),
    };
    expect(await applicationsFor(tree(all), ['idp/a.yaml'], none)).toMatchObject([{ name: '{{name}}-x', files: [] }]);
  });

  it('gives values to the chart that a file of the generator names', () => {
    const sources = `[{ chart: '{{.app.chart}}', repoURL: https://charts.example, targetRevision: '1', helm: { releaseName: login, valueFiles: ['$values/apps/{{.app.name}}/values.yaml'] } }, { repoURL: r, ref: values }]`;
    const files = {
      'apps/idp/app.yaml': 'app: { name: idp, chart: authentik }\n',
      'apps/idp/values.yaml': 'worker: { env: [] }\n',
      'apps/wiki/app.yaml': 'app: { name: wiki, chart: outline }\n',
      'apps/wiki/values.yaml': 'worker: { env: [] }\n',
      'set.yaml': set(
        '[{ git: { files: [{ path: apps/*/app.yaml }] } }]',
        `{ metadata: { name: '{{.app.name}}' }, spec: { sources: ${sources} } }`,
        true,
      ),
    };
    expect(workersIn(tree(files))).toMatchObject([
      { file: 'apps/idp/values.yaml', name: 'login-authentik-worker', application: 'idp', valuesPath: 'worker.env' },
    ]);
  });
});

const IDP: Files = {
  'apps/idp/d.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: authentik-worker }
spec:
  template:
    spec:
      containers:
        - name: worker
          image: ghcr.io/goauthentik/server:2026.8.3
          args: [worker]
          envFrom: [{ secretRef: { name: idp } }]
          volumeMounts: [{ name: b, mountPath: /blueprints/own }]
      volumes: [{ name: b, configMap: { name: clients } }]
`,
  'apps/idp/c.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: clients }\ndata: {}\n',
  'apps/idp/s.yaml': secretsWith('WIKI_CLIENT_SECRET'),
};

describe('init', () => {
  it('takes the Application that an ApplicationSet makes', async () => {
    const apps = set(
      '[{ git: { directories: [{ path: apps/* }] } }]',
      "{ metadata: { name: 'my-{{path.basename}}' }, spec: { source: { repoURL: r, path: '{{path}}' }, syncPolicy: { automated: {} } } }",
    );
    const { installation, report, code } = await initOver({ ...IDP, 'set.yaml': apps });
    expect(installation.authentik).toMatchObject({ deployBy: 'argocd', application: 'my-idp' });
    expect(installation.gitops.land).toBe('first');
    expect(report).toMatch(/authentik\.application +my-idp {2}\(set\.yaml\)/);
    expect(code).toBe(0);
  });

  const byCluster = {
    ...IDP,
    'set.yaml': set('[{ clusters: {} }]', template('{{name}}-idp', 'apps/idp')),
  };

  it('asks for a name that a cluster gives, and takes the rest from its template', async () => {
    await expect(initOver(byCluster)).rejects.toMatchObject({
      message: expect.stringMatching(
        /^authentik\.application: .*--application \(\{\{name\}\}-idp, as ApplicationSet apps of set\.yaml makes it/,
      ),
    });
    const { installation } = await initOver(byCluster, { application: 'green-idp' });
    expect(installation.authentik.application).toBe('green-idp');
    expect(installation.gitops.land).toBe('last');
    expect(installation.argocd?.namespace).toBe('argo');
  });

  it('takes the one that deploys these files for any name, where its template makes a name of which nothing is known', async () => {
    const name = '{{ trimPrefix "x-" .name }}';
    const files = { ...byCluster, 'set.yaml': byCluster['set.yaml'].replace('{{name}}-idp', name) };
    const { installation } = await initOver(files, { application: 'green-idp' });
    expect([installation.authentik.application, installation.argocd?.namespace]).toEqual(['green-idp', 'argo']);
    const other = await initOver(byCluster, { application: 'elsewhere' });
    expect(other.installation.argocd?.namespace).toBe('argocd');
  });

  it('names the template of Helm that may make an Application', async () => {
    const chart =
      'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: {{ .Values.name }}\nspec: { source: { path: {{ .Values.path }} } }\n';
    const { report } = await initOver({ ...IDP, 'root/templates/app.yaml': chart });
    expect(report).toMatch(
      /deployBy +external .*root\/templates\/app\.yaml, which may make one, is a template of Helm/,
    );
  });
});
