import { describe, expect, it } from 'vitest';
import { filePlan } from '../../../client/filePlan.ts';
import { addressesIn } from '../../../client/init/finders/address.ts';
import { workersIn } from '../../../client/init/finders/workers.ts';
import { Tree } from '../../../client/init/tree.ts';
import { textsOf } from '../../fixtures/texts.ts';
import { type Files, initOver, orders, secretsWith } from './layouts.ts';

/** Authentik by a general chart, such as app-template: its worker is found by what the values say, whatever they call it. */

const release = (controllers: string): string => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: idp, namespace: sso }
spec: { chartRef: { kind: OCIRepository, name: app-template }, values: { controllers: ${controllers} } }
`;
const image = 'image: { repository: ghcr.io/goauthentik/server, tag: 2026.8.3 }';
const found = (files: Files): readonly string[] =>
  workersIn(new Tree(textsOf(files))).map(({ name, container, valuesPath }) => `${name} ${container} ${valuesPath}`);

describe('a worker', () => {
  it.each<[string, string, string]>([
    [
      'by its word, beside the server',
      `{ server: { containers: { app: { ${image}, args: [server] } } }, worker: { containers: { app: { ${image}, args: [worker] } } } }`,
      'idp-worker app spec.values.controllers.worker.containers.app.env',
    ],
    [
      'of a controller that is called otherwise',
      `{ jobs: { containers: { main: { ${image}, command: ak worker } } }, web: { containers: { main: { ${image}, args: server } } } }`,
      'idp-jobs main spec.values.controllers.jobs.containers.main.env',
    ],
    [
      'of the one controller, which the release gives its name',
      `{ idp: { containers: { server: { ${image}, args: [server] }, worker: { ${image}, args: [worker] } } } }`,
      'idp worker spec.values.controllers.idp.containers.worker.env',
    ],
    [
      'beside a controller that is off',
      `{ worker: { containers: { app: { ${image}, args: [worker] } } }, old: { enabled: false, containers: {} } }`,
      'idp app spec.values.controllers.worker.containers.app.env',
    ],
  ])('%s', (_, controllers, expected) => {
    expect(found({ 'r.yaml': release(controllers) })).toEqual([expected]);
  });

  it('not of an outpost', () => {
    const outpost = '{ ldap: { containers: { app: { image: { repository: ghcr.io/goauthentik/ldap } } } } }';
    expect(found({ 'r.yaml': release(outpost) })).toEqual([]);
  });

  const values = `controllers: { worker: { containers: { app: { ${image}, args: [worker] } } } }\n`;
  it.each<[string, Files]>([
    [
      'helmCharts of a kustomization',
      {
        'a/kustomization.yaml': 'helmCharts:\n  - { name: app-template, releaseName: idp, valuesFile: v.yaml }\n',
        'a/v.yaml': values,
      },
    ],
    [
      'a chart that depends on it',
      {
        'a/Chart.yaml': 'name: idp\ndependencies: [{ name: app-template }]\n',
        'a/values.yaml': `app-template: { ${values.trim()} }\n`,
      },
    ],
    [
      'an Application',
      {
        'app.yaml': `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: idp }
spec: { sources: [{ repoURL: ghcr.io/x, chart: app-template, helm: { valueFiles: [$v/a/v.yaml] } }, { repoURL: r, ref: v }] }
`,
        'a/v.yaml': values,
      },
    ],
  ])('of %s', (_, files) => {
    expect(found(files)).toEqual([
      expect.stringMatching(/^idp app (app-template\.)?controllers\.worker\.containers\.app\.env$/),
    ]);
  });
});

const home = (env: string, rest: string): Files => ({
  'clusters/green/idp.yaml': `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: idp, namespace: flux-system }
spec: { path: ./idp, sourceRef: { kind: GitRepository, name: flux-system } }
`,
  'idp/kustomization.yaml': 'resources:\n  - release.yaml\n  - secrets.yaml\n  - clients.yaml\n',
  'idp/secrets.yaml': secretsWith('AUTHENTIK_SECRET_KEY'),
  'idp/clients.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: clients }\ndata: {}\n',
  'idp/release.yaml': `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: idp
spec:
  chartRef:
    kind: OCIRepository
    name: app-template
  values:
    controllers:
      server:
        containers:
          app:
            image:
              repository: ghcr.io/goauthentik/server
            args: [server]
      worker:
        containers:
          worker:
            image:
              repository: ghcr.io/goauthentik/server
            args: [worker]
${env}
    persistence:
      config:
        type: emptyDir
${rest}    route:
      app:
        hostnames: [login.orchard.example]
`,
});

const MOUNTED = `      blueprints:
        type: configMap
        name: clients
        advancedMounts:
          worker:
            worker:
              - path: /blueprints/own
`;

async function diffsOf(files: Files) {
  const told = await initOver(files);
  const all = { ...files, ...Object.fromEntries(told.made.map(({ path, after = '' }) => [path, after])) };
  const { plan } = await filePlan({ registration: orders, installation: told.installation, files: textsOf(all) });
  return { ...told, diffs: plan.files.map(({ diff }) => diff).join('\n') };
}

describe('init over a HelmRelease of app-template', () => {
  const variables = `            env:
              AUTHENTIK_SECRET_KEY:
                valueFrom:
                  secretKeyRef:
                    name: idp
                    key: AUTHENTIK_SECRET_KEY`;

  it('finds where its blueprints are, and a plan adds a variable as the chart takes it', async () => {
    const { installation, code, report, diffs } = await diffsOf(home(variables, MOUNTED));
    expect(code).toBe(0);
    expect(installation.authentik).toMatchObject({
      kustomization: 'idp',
      helmRelease: 'idp',
      blueprints: { configMap: 'clients', mountedAs: 'own' },
      deployment: { name: 'idp-worker', container: 'worker' },
    });
    expect(report).toMatch(/authentik\.helmRelease +idp +\(idp\/release\.yaml\)/);
    const tree = new Tree(textsOf(home(variables, MOUNTED)));
    expect(workersIn(tree).flatMap((worker) => addressesIn(tree, worker, {}))).toMatchObject([
      { value: 'https://login.orchard.example' },
    ]);
    expect(diffs).toMatch(/\+ {14}\w+:\n\+ {16}valueFrom:\n\+ {18}secretKeyRef:/);
  });

  it.each(['secretRef: { name: idp }', 'secret: idp'])(
    'adds nothing where envFrom brings the Secret by %s',
    async (by) => {
      const { installation, diffs } = await diffsOf(home(`            envFrom: [{ ${by} }]`, MOUNTED));
      expect(installation.naming.envVar).toBe('{NAME}_CLIENT_SECRET');
      expect(diffs).not.toContain('release.yaml');
    },
  );
});
