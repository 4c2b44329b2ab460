import { describe, expect, it } from 'vitest';
import { filePlan } from '../../client/filePlan.ts';
import { importClient } from '../../core/import/importClient.ts';
import type { Installation, InstallationInput } from '../../core/installation/installation.ts';
import { checkRegistration } from '../../core/installation/readFiles.ts';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import { unifiedDiff } from '../../core/plan/unifiedDiff.ts';
import { textsOf } from '../fixtures/texts.ts';
import { wikiInstallation } from './wikiInstallation.ts';

/** Small repositories in the layouts in which people give Authentik's worker secrets and blueprints; a new client is planned in each. */
const wikiFile: RegistrationInput = {
  apiVersion: 'oidc-registrar/v1',
  kind: 'OidcClient',
  metadata: { name: 'wiki' },
  spec: { displayName: 'Wiki', redirectUris: ['https://wiki.example/callback'], access: { groups: ['readers'] } },
};

const SECRET = `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: { name: authentik-env, namespace: sso }
spec:
  secretStoreRef: { kind: ClusterSecretStore, name: onepassword }
  target: { name: authentik-env }
  data:
    - secretKey: AUTHENTIK_SECRET_KEY
      remoteRef: { key: Authentik, property: secret-key }
`;
const BLUEPRINTS =
  'kind: ConfigMap\nmetadata: { name: blueprints, namespace: sso }\ndata:\n  common.yaml: |\n    version: 1\n';
const ENV =
  '- { name: AUTHENTIK_SECRET_KEY, valueFrom: { secretKeyRef: { name: authentik-env, key: AUTHENTIK_SECRET_KEY } } }';

function worker(container: string, volume = 'configMap: { name: blueprints }'): string {
  return `kind: Deployment
metadata: { name: authentik-worker, namespace: sso }
spec:
  template:
    spec:
      containers:
        - name: worker
${container.replaceAll(/^/gm, '          ')}
          volumeMounts: [{ name: own, mountPath: /blueprints/custom }]
      volumes:
        - name: own
${volume.replaceAll(/^/gm, '          ')}
`;
}

interface Layout {
  readonly deployment: string;
  readonly valuesPath?: string;
  readonly blueprints?: Partial<InstallationInput['authentik']['blueprints']>;
  readonly naming?: InstallationInput['naming'];
  readonly files?: Readonly<Record<string, string>>;
  readonly clientId?: RegistrationInput['spec']['clientId'];
  /** Where the worker has its files of secrets. */
  readonly secretFolder?: string;
  /** Who deploys; a person where it says nothing. */
  readonly deployer?: Pick<InstallationInput['authentik'], 'deployBy' | 'kustomization'>;
  readonly redirectUris?: RegistrationInput['spec']['redirectUris'];
}

async function planned(layout: Layout) {
  const { deployment, valuesPath, blueprints, naming, clientId, secretFolder, deployer, files = {} } = layout;
  const { redirectUris = wikiFile.spec.redirectUris } = layout;
  const spec = { ...wikiFile.spec, redirectUris, ...(clientId === undefined ? {} : { clientId }) };
  const registration = checkRegistration({ ...wikiFile, spec }, 'test');
  const installation = wikiInstallation(
    {
      deployBy: 'external',
      blueprints: { file: 'blueprints.yaml', configMap: 'blueprints', ...blueprints },
      externalSecret: { file: 'secret.yaml', name: 'authentik-env' },
      deployment: { file: 'worker.yaml', name: 'authentik-worker', container: 'worker', valuesPath },
      ...(secretFolder === undefined ? {} : { delivery: 'file', secretFolder }),
      ...deployer,
    },
    naming === undefined ? {} : { naming },
  );
  const all = { 'secret.yaml': SECRET, 'blueprints.yaml': BLUEPRINTS, 'worker.yaml': deployment, ...files };
  const { plan, files: changed } = await filePlan({ registration, installation, files: textsOf(all) });
  const added = (path: string): readonly string[] | undefined => {
    const file = changed.find((each) => each.path === path);
    const lines = file === undefined ? undefined : unifiedDiff(file).split('\n').slice(3);
    return lines?.filter((line) => /^[-+]/.test(line));
  };
  const after = { ...all, ...Object.fromEntries(changed.map((file) => [file.path, file.after ?? ''])) };
  return { plan, paths: changed.map(({ path }) => path), added, after, installation };
}

/** The registration that an import makes of the files. */
function importFrom(files: Readonly<Record<string, string>>, installation: Installation): RegistrationInput {
  const read = (path: string): string | undefined => files[path];
  return importClient({ client: 'wiki', installation, paths: Object.keys(files), read }).registration;
}

const ENTRY = (pad: string): readonly string[] =>
  [
    '- name: AUTHENTIK_WIKI_CLIENT_SECRET',
    '  valueFrom:',
    '    secretKeyRef:',
    '      name: authentik-env',
    '      key: wiki-client-secret',
  ].map((line) => `+${pad}${line}`);

describe('the secret of a new client', () => {
  const IN_ENV_STYLE = { envVar: '{NAME}_CLIENT_SECRET', secretKey: '{NAME}_CLIENT_SECRET' };

  it('needs an entry of the values of a chart, whose list holds more', async () => {
    const values = `global:\n  env:\n    ${ENV}\nblueprints:\n  configMaps: [blueprints]\n`;
    const blueprints = { mountedAs: 'mounted/cm-blueprints' };
    const { paths, added } = await planned({ deployment: values, valuesPath: 'global.env', blueprints });
    expect(paths).toEqual(['secret.yaml', 'worker.yaml', 'blueprints.yaml']);
    expect(added('worker.yaml')).toEqual([
      '+    - { name: AUTHENTIK_WIKI_CLIENT_SECRET, valueFrom: { secretKeyRef: { name: authentik-env, key: wiki-client-secret } } }',
    ]);
  });

  it('begins a list of the values that is there and empty, below its comment', async () => {
    const values = `global:\n  # -- Environment variables\n  env: []\n  envFrom: []\nblueprints:\n  configMaps: [blueprints]\n`;
    const { added } = await planned({
      deployment: values,
      valuesPath: 'global.env',
      blueprints: { mountedAs: 'mounted/cm-blueprints' },
    });
    expect(added('worker.yaml')).toEqual(['-  env: []', '+  env:', ...ENTRY('    ')]);
  });

  it.each<[string, Layout]>([
    ['a Deployment', { deployment: worker('envFrom: [{ secretRef: { name: authentik-env } }]') }],
    [
      'a HelmRelease beside its repository',
      {
        deployment: `kind: OCIRepository\nspec: { url: x }\n---\nkind: HelmRelease\nspec:\n  values:\n    global:\n      envFrom: [{ secretRef: { name: authentik-env } }]\n`,
        valuesPath: 'spec.values.global.env',
      },
    ],
    [
      'the values of the chart, by its own Secret',
      { deployment: 'authentik: { existingSecret: { secretName: authentik-env } }\n', valuesPath: 'worker.env' },
    ],
  ])('needs none where it is taken whole by %s, and new pods', async (_, layout) => {
    const { plan, paths } = await planned({ ...layout, naming: IN_ENV_STYLE });
    expect(paths).toEqual(['secret.yaml', 'blueprints.yaml']);
    expect(plan.remaining.join('\n')).toContain('deploy the ExternalSecret first, then the ConfigMap\n');
    expect(plan.remaining.join('\n')).toContain(
      'restart Deployment sso/authentik-worker once the Secret has its key WIKI_CLIENT_SECRET',
    );
  });

  it('is told to come in order where both sides change and somebody can follow, and nowhere else', async () => {
    const deployment = worker(`env:\n  ${ENV}`);
    const first = await planned({ deployment });
    expect(first.plan.remaining).toContain(
      'land the files on main; where a person deploys them one by one, deploy the ExternalSecret first, then ConfigMap and Deployment',
    );
    const byFlux = await planned({ deployment, deployer: { deployBy: 'flux', kustomization: 'authentik' } });
    expect(byFlux.plan.remaining).toContain('land the files on main');
    const again = { deployment: first.after['worker.yaml'] ?? '', files: first.after };
    const changed = await planned({ ...again, redirectUris: ['https://wiki.example/other'] });
    expect(changed.paths).toEqual(['blueprints.yaml']);
    expect(changed.plan.remaining).toContain('land the files on main');
  });

  it('is told to be restarted for nowhere else', async () => {
    const { plan } = await planned({ deployment: worker(`env:\n  ${ENV}`) });
    expect(plan.remaining.join('\n')).toContain('then ConfigMap and Deployment');
    expect(plan.remaining.join('\n')).not.toContain('restart');
  });
});

describe('the client id that the job keeps', () => {
  const naming = { clientIdEnvVar: '{NAME}_CLIENT_ID' };
  const clientId = { envVar: 'WIKI_CLIENT_ID' };
  const BLOCK = 'env:\n  - name: TZ\n    value: UTC';
  const byEntries = { deployment: worker(BLOCK), naming, clientId };
  const TEMPLATE = SECRET.replace(
    'target: { name: authentik-env }',
    'target:\n    name: authentik-env\n    template:\n      data:\n        AUTHENTIK_SECRET_KEY: "{{ .AUTHENTIK_SECRET_KEY }}"',
  );
  const LIST =
    'secret:\n  secretName: authentik-env\n  items:\n    - key: AUTHENTIK_SECRET_KEY\n      path: AUTHENTIK_SECRET_KEY';
  const mounted = worker(`env:\n  ${ENV}`)
    .replace(
      '[{ name: own, mountPath: /blueprints/custom }]',
      '[{ name: own, mountPath: /blueprints/custom }, { name: kept, mountPath: /kept }]',
    )
    .concat(`        - name: kept\n${LIST.replaceAll(/^/gm, '          ')}\n`);

  it.each<[string, Layout, Readonly<Record<string, readonly string[]>>]>([
    [
      'entries of the ExternalSecret and of the Deployment',
      byEntries,
      {
        'secret.yaml': ['+    - secretKey: wiki-client-id'],
        'worker.yaml': ['+            - name: WIKI_CLIENT_ID'],
        'blueprints.yaml': ['+          client_id: !Env WIKI_CLIENT_ID'],
      },
    ],
    [
      'a line of the template beside its entry',
      { ...byEntries, files: { 'secret.yaml': TEMPLATE } },
      { 'secret.yaml': ['+        wiki-client-id: \'{{ index . "wiki-client-id" }}\''] },
    ],
    [
      'the values of a chart',
      { deployment: `global:\n  env:\n    ${ENV}\n`, valuesPath: 'global.env', naming, clientId },
      {
        'worker.yaml': [
          '+    - { name: WIKI_CLIENT_ID, valueFrom: { secretKeyRef: { name: authentik-env, key: wiki-client-id } } }',
        ],
      },
    ],
    [
      'the whole Secret',
      {
        deployment: worker('envFrom: [{ secretRef: { name: authentik-env } }]'),
        naming: {
          ...naming,
          envVar: '{NAME}_CLIENT_SECRET',
          secretKey: '{NAME}_CLIENT_SECRET',
          clientIdSecretKey: '{NAME}_CLIENT_ID',
        },
        clientId,
      },
      {
        'secret.yaml': [
          '+    - secretKey: WIKI_CLIENT_ID',
          '+      remoteRef: { key: Authentik, property: wiki-client-id }',
        ],
      },
    ],
    [
      'files of the mounted Secret',
      { deployment: mounted, secretFolder: '/kept', naming, clientId },
      {
        'worker.yaml': ['+              - key: wiki-client-id'],
        'blueprints.yaml': ['+          client_id: !File /kept/wiki-client-id'],
      },
    ],
  ])('is delivered beside the secret by %s, and planned once', async (_, layout, lines) => {
    const { plan, added, after, installation } = await planned(layout);
    for (const [path, expected] of Object.entries(lines))
      for (const line of expected)
        expect([path, added(path)?.filter((each) => each.startsWith(line)), added(path)]).toEqual([
          path,
          [line],
          added(path),
        ]);
    expect(plan.remaining.join('\n')).toContain(
      'put a secret into field "wiki-client-secret" and client id wiki into field "wiki-client-id" of item "Authentik"',
    );
    const { 'worker.yaml': deployment, ...files } = after;
    const again = await planned({ ...layout, deployment, files });
    expect([again.plan.unchanged, again.paths]).toEqual([true, []]);
    // Without its registration it is taken as it stands.
    const imported = importFrom(after, installation);
    expect(imported.spec.clientId).toEqual({ envVar: 'WIKI_CLIENT_ID' });
    const registration = checkRegistration(imported, 'imported');
    const { plan: empty } = await filePlan({ registration, installation, files: textsOf(after) });
    expect(empty.files.map(({ diff }) => diff)).toEqual([]);
  });

  it('is not taken from a file that naming does not give', async () => {
    const { after, installation } = await planned({ deployment: mounted, secretFolder: '/kept', naming, clientId });
    for (const [change, why] of [
      [{ clientIdField: '{name}-id' }, 'by naming of registrar.yaml it would be /kept/wiki-id'],
      [{ clientIdEnvVar: undefined }, 'naming.clientIdEnvVar of registrar.yaml has no ids kept'],
    ] as const) {
      const other = { ...installation, naming: { ...installation.naming, ...change } } as typeof installation;
      expect(() => importFrom(after, other)).toThrow(`its client id comes from file /kept/wiki-client-id, and ${why}`);
    }
  });

  it('is none where the pattern gives another variable, and no new client may choose one', async () => {
    await expect(planned({ ...byEntries, clientId: { envVar: 'AUTHENTIK_SECRET_KEY' } })).rejects.toThrow(
      'naming.clientIdEnvVar of registrar.yaml gives',
    );
    const { paths, added } = await planned({ ...byEntries, clientId: 'wiki' });
    expect(paths).toContain('blueprints.yaml');
    expect(added('secret.yaml')?.join()).not.toContain('client-id');
  });

  it.each([
    ['clientIdField', '{name}-client-secret'],
    ['clientIdSecretKey', '{name}-client-secret'],
    ['clientIdEnvVar', 'AUTHENTIK_{NAME}_CLIENT_SECRET'],
  ] as const)('is refused where naming.%s gives a name of the secret', async (setting, pattern) => {
    const id = setting === 'clientIdEnvVar' ? { envVar: 'AUTHENTIK_WIKI_CLIENT_SECRET' } : clientId;
    await expect(planned({ ...byEntries, clientId: id, naming: { ...naming, [setting]: pattern } })).rejects.toThrow(
      `naming.${setting}: gives "${pattern.replace('{name}', 'wiki').replace('{NAME}', 'WIKI')}", which the client secret has`,
    );
  });

  it('is refused where somebody has given its variable something else', async () => {
    const taken = worker(`env:\n  ${ENV}\n  - { name: WIKI_CLIENT_ID, value: wiki }`);
    await expect(planned({ ...byEntries, deployment: taken })).rejects.toThrow('WIKI_CLIENT_ID');
  });
});

describe('the section of a new client', () => {
  it('gets an item, where the volume lists what it brings', async () => {
    const volume = 'configMap:\n  name: blueprints\n  items:\n    - key: common.yaml\n      path: common.yaml';
    const { added } = await planned({ deployment: worker(`env:\n  ${ENV}`, volume) });
    expect(added('worker.yaml')?.slice(-2)).toEqual([
      '+              - key: wiki.yaml',
      '+                path: wiki.yaml',
    ]);
  });

  it('is a file that the generator lists with ./, as its neighbours', async () => {
    const kustomization = `kind: Kustomization
configMapGenerator:
  - name: blueprints
    files:
      - ./blueprints/common.yaml
    options: { disableNameSuffixHash: true }
`;
    const { paths, added } = await planned({
      deployment: worker(`env:\n  ${ENV}`),
      blueprints: { file: 'kustomization.yaml', generatedFrom: 'blueprints' },
      files: { 'kustomization.yaml': kustomization, 'blueprints/common.yaml': 'version: 1\n' },
    });
    expect(paths).toContain('blueprints/wiki.yaml');
    expect(added('kustomization.yaml')).toEqual(['+      - ./blueprints/wiki.yaml']);
  });
});
