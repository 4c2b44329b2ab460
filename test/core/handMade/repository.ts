import { installationSchema, type Installation } from '../../../core/installation/installation.ts';
import { type ClientShape, entriesOf, sectionOf, type Style } from './blueprint.ts';

/** How a repository brings blueprints and secrets to Authentik, one choice of each that public repositories were seen to make. */
export interface RepositoryShape {
  readonly clients: readonly ClientShape[];
  readonly style: Style;
  /** A section a client, all in one, the first two in one, or provider and application of each apart. */
  readonly sections: 'each' | 'together' | 'two' | 'apart';
  /** Key of a client's section beside `.yaml`. */
  readonly keys: 'slug' | 'prefixed';
  readonly blueprints: 'configMap' | 'generated' | 'dotSlash';
  readonly worker: 'env' | 'envFrom' | 'prefix' | 'values' | 'emptyValues' | 'valuesFrom' | 'helmRelease';
  readonly fetch: 'data' | 'extract' | 'rewrite';
  readonly template: 'none' | 'data' | 'merge' | 'from';
  readonly api: 'v1' | 'v1beta1';
  readonly engine: boolean;
  /** The job keeps client ids that come from variables: those of people are adopted with field and key. */
  readonly keepsIds?: boolean;
  /** Defaults of the API written out. */
  readonly defaults: boolean;
}

export interface MadeRepository {
  readonly files: Readonly<Record<string, string>>;
  readonly installation: Installation;
}

const FOLDER = 'apps/sso';
export const PATHS = {
  blueprints: `${FOLDER}/blueprints.yaml`,
  kustomization: `${FOLDER}/kustomization.yaml`,
  sections: `${FOLDER}/blueprints`,
  secret: `${FOLDER}/external-secret.yaml`,
  worker: `${FOLDER}/worker.yaml`,
  values: `${FOLDER}/values.yaml`,
  release: `${FOLDER}/release.yaml`,
};
const ITEM = 'Authentik';
const SECRET = 'authentik-env';
const PREFIX = 'SSO_';

/** Sections by key, with their texts. */
function sectionsOf({ clients, style, sections, keys }: RepositoryShape): Readonly<Record<string, string>> {
  const key = ({ slug }: ClientShape): string => (keys === 'slug' ? `${slug}.yaml` : `oidc-${slug}.yaml`);
  const of = (some: readonly ClientShape[], part?: 'provider' | 'application') =>
    some.map((client) => entriesOf(client, style, part));
  const each = (some: readonly ClientShape[]) =>
    some.map((client) => [key(client), sectionOf(`${client.appName} login`, of([client]), style)] as const);
  switch (sections) {
    case 'each':
      return Object.fromEntries(each(clients));
    case 'together':
      return { 'apps.yaml': sectionOf('Apps', of(clients), style) };
    case 'two':
      return Object.fromEntries([
        ['apps.yaml', sectionOf('Apps', of(clients.slice(0, 2)), style)],
        ...each(clients.slice(2)),
      ]);
    case 'apart':
      return {
        'providers.yaml': sectionOf('Providers', of(clients, 'provider'), style),
        'applications.yaml': sectionOf('Applications', of(clients, 'application'), style),
      };
  }
}

export function repositoryOf(shape: RepositoryShape): MadeRepository {
  return {
    files: { ...blueprintFiles(shape), [PATHS.secret]: externalSecret(shape), ...workerFiles(shape) },
    installation: installationOf(shape),
  };
}

function blueprintFiles(shape: RepositoryShape): Readonly<Record<string, string>> {
  const sections = Object.entries(sectionsOf(shape));
  if (shape.blueprints === 'configMap') {
    const data = sections.flatMap(([key, text]) => [
      `  ${key}: |`,
      ...text
        .replace(/\n$/, '')
        .split('\n')
        .map((line) => (line === '' ? '' : `    ${line}`)),
    ]);
    const head = ['apiVersion: v1', 'kind: ConfigMap', 'metadata:', '  name: sso-blueprints', 'data:'];
    return { [PATHS.blueprints]: [...head, ...data, ''].join('\n') };
  }
  const dot = shape.blueprints === 'dotSlash' ? './' : '';
  const kustomization = [
    'apiVersion: kustomize.config.k8s.io/v1beta1',
    'kind: Kustomization',
    'resources:',
    `  - ${dot}external-secret.yaml`,
    'configMapGenerator:',
    '  - name: sso-blueprints',
    '    files:',
    ...sections.map(([key]) => `      - ${dot}blueprints/${key}`),
    '    options:',
    '      disableNameSuffixHash: true',
    '',
  ];
  const files = sections.map(([key, text]) => [`${PATHS.sections}/${key}`, text] as const);
  return { [PATHS.kustomization]: kustomization.join('\n'), ...Object.fromEntries(files) };
}

/** Vault fields that must arrive, and at which keys: the clients' secrets, and client ids that come from variables. */
function wanted({ clients }: RepositoryShape): readonly { readonly key: string; readonly field: string }[] {
  return clients.flatMap(({ secret, key, field, clientId }) => [
    ...(secret === 'env' || secret === 'file' ? [{ key, field }] : []),
    ...('variable' in clientId ? [idOf(clientId.variable)] : []),
  ]);
}

/** Client ids are fields of the item, too. */
function idOf(variable: string): { readonly key: string; readonly field: string } {
  const field = variable.replace(new RegExp(`^${PREFIX}`), '');
  return { key: field, field };
}

/** The name under which a field is fetched before a template gives it its key. */
function fetchedAs(
  { fetch, template }: RepositoryShape,
  { key, field }: { readonly key: string; readonly field: string },
): string {
  if (fetch === 'extract') return field;
  if (fetch === 'rewrite') return `item_${field}`;
  return template === 'none' || template === 'merge' ? key : field.replaceAll(/[^A-Za-z0-9]/g, '_');
}

function externalSecret(shape: RepositoryShape): string {
  const { fetch, template, api, engine, defaults } = shape;
  const own = { key: 'AUTHENTIK_SECRET_KEY', field: 'secret_key' };
  const all = [own, ...wanted(shape)];
  const line = (each: { key: string; field: string }): string => {
    const name = fetchedAs(shape, each);
    return `${each.key}: '{{ ${/^\w+$/.test(name) ? `.${name}` : `index . "${name}"`} }}'`;
  };
  const lines: readonly string[] = {
    none: [],
    data: [
      '    template:',
      ...(engine ? ['      engineVersion: v2'] : []),
      '      data:',
      ...all.map((each) => `        ${line(each)}`),
    ],
    merge: ['    template:', '      mergePolicy: Merge', '      data:', "        EXTRA: 'fixed'"],
    from: [
      '    template:',
      '      templateFrom:',
      '        - configMap:',
      '            name: sso-env',
      '            items:',
      '              - key: env',
      '                templateAs: KeysAndValues',
    ],
  }[template];
  const ref = defaults
    ? ['        conversionStrategy: Default', '        decodingStrategy: None', '        metadataPolicy: None']
    : [];
  const data = all.flatMap((each) => [
    `    - secretKey: ${fetchedAs(shape, each)}`,
    '      remoteRef:',
    ...ref,
    `        key: ${ITEM}`,
    `        property: ${each.field}`,
  ]);
  const extract = ['    - extract:', ...ref, `        key: ${ITEM}`];
  const rewrite = [
    '      rewrite:',
    '        - regexp:',
    "            source: '(.*)'",
    "            target: 'item_$1'",
  ];
  return [
    `apiVersion: external-secrets.io/${api}`,
    'kind: ExternalSecret',
    'metadata:',
    `  name: ${SECRET}`,
    'spec:',
    '  refreshInterval: 1h',
    '  secretStoreRef:',
    '    kind: ClusterSecretStore',
    '    name: onepassword',
    '  target:',
    `    name: ${SECRET}`,
    ...lines,
    ...(fetch === 'data' ? ['  data:', ...data] : ['  dataFrom:', ...extract, ...(fetch === 'rewrite' ? rewrite : [])]),
    '',
  ].join('\n');
}

/** The variable under which `envFrom` gives the worker a key. */
export function variableOf({ worker }: Pick<RepositoryShape, 'worker'>, key: string): string {
  return worker === 'prefix' ? `${PREFIX}${key}` : key;
}

const isWhole = ({ worker }: RepositoryShape): boolean => ['envFrom', 'prefix', 'valuesFrom'].includes(worker);

function workerFiles(shape: RepositoryShape): Readonly<Record<string, string>> {
  const variables = shape.clients.flatMap(({ secret, variable, key, clientId }) => [
    ...(secret === 'env' ? [{ variable, key }] : []),
    ...('variable' in clientId ? [{ variable: clientId.variable, key: idOf(clientId.variable).key }] : []),
  ]);
  const entries = [{ variable: 'AUTHENTIK_SECRET_KEY', key: 'AUTHENTIK_SECRET_KEY' }, ...variables].flatMap(
    ({ variable, key }) => [
      `- name: ${variable}`,
      '  valueFrom:',
      '    secretKeyRef:',
      `      name: ${SECRET}`,
      `      key: ${key}`,
    ],
  );
  const env = isWhole(shape)
    ? [
        'envFrom:',
        '  - secretRef:',
        `      name: ${SECRET}`,
        ...(shape.worker === 'prefix' ? [`    prefix: ${PREFIX}`] : []),
      ]
    : shape.worker === 'emptyValues'
      ? ['# -- variables of server and worker', 'env: []', 'envFrom:', '  - secretRef:', `      name: ${SECRET}`]
      : ['env:', ...entries.map((line) => `  ${line}`)];
  const values = [
    'authentik:',
    '  log_level: info',
    'global:',
    ...env.map((line) => `  ${line}`),
    'server:',
    '  replicas: 1',
    '',
  ];
  if (['values', 'emptyValues', 'valuesFrom'].includes(shape.worker)) return { [PATHS.values]: values.join('\n') };
  if (shape.worker === 'helmRelease')
    return {
      [PATHS.release]: [
        'apiVersion: helm.toolkit.fluxcd.io/v2',
        'kind: HelmRelease',
        'metadata:',
        '  name: authentik',
        'spec:',
        '  interval: 30m',
        '  values:',
        ...values.map((line) => (line === '' ? '' : `    ${line}`)),
      ].join('\n'),
    };
  return {
    [PATHS.worker]: [
      'apiVersion: apps/v1',
      'kind: Deployment',
      'metadata:',
      '  name: authentik-worker',
      'spec:',
      '  template:',
      '    spec:',
      '      containers:',
      '        - name: worker',
      '          image: ghcr.io/goauthentik/server:2026.5.3',
      ...env.map((line) => `          ${line}`),
      '          volumeMounts:',
      '            - { name: blueprints, mountPath: /blueprints/custom }',
      '      volumes:',
      '        - name: blueprints',
      '          configMap:',
      '            name: sso-blueprints',
      '',
    ].join('\n'),
  };
}

function installationOf(shape: RepositoryShape): Installation {
  const { worker, blueprints } = shape;
  const isHelm = ['values', 'emptyValues', 'valuesFrom', 'helmRelease'].includes(worker);
  const file = worker === 'helmRelease' ? PATHS.release : isHelm ? PATHS.values : PATHS.worker;
  return installationSchema.parse({
    apiVersion: 'oidc-registrar/v1',
    kind: 'Installation',
    gitops: {
      remote: 'https://git.orchard.example/ops/lab.git',
      land: 'first',
      author: { name: 'oidc-registrar', email: 'registrar@orchard.example' },
    },
    clusters: { home: {} },
    vault: {
      connectHost: 'https://connect.orchard.example',
      vaultId: 'orchardvaultaaaaaaaaaaaaaa',
      itemId: 'authentikitemaaaaaaaaaaaaa',
      itemTitle: ITEM,
    },
    authentik: {
      url: 'https://sso.orchard.example',
      cluster: 'home',
      namespace: 'sso',
      deployBy: 'external',
      blueprints:
        blueprints === 'configMap'
          ? { file: PATHS.blueprints, configMap: 'sso-blueprints' }
          : { file: PATHS.kustomization, configMap: 'sso-blueprints', generatedFrom: PATHS.sections },
      externalSecret: { file: PATHS.secret, name: SECRET },
      deployment: {
        file,
        name: 'authentik-worker',
        container: 'worker',
        ...(isHelm ? { valuesPath: worker === 'helmRelease' ? 'spec.values.global.env' : 'global.env' } : {}),
      },
    },
    naming: {
      envVar: variableOf(shape, '{NAME}_CLIENT_SECRET'),
      ...(isWhole(shape) ? { secretKey: '{NAME}_CLIENT_SECRET' } : {}),
      ...(shape.keepsIds === true
        ? { clientIdEnvVar: variableOf(shape, '{NAME}_CLIENT_ID'), clientIdField: '{NAME}_CLIENT_ID' }
        : {}),
    },
  });
}
