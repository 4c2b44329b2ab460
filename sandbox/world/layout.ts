import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InstallationInput } from '../../core/installation/installation.ts';

/** `registrar.yaml` of a sample: one item holds the secrets of all its clients. */
export type SampleInstallation = InstallationInput & {
  readonly vault: { readonly itemId: string; readonly itemTitle: string };
};

/** A GitOps repository and where things are in it; addresses and tokens come from the running sandbox. */
export interface Layout {
  readonly files: Readonly<Record<string, string>>;
  /** `registrar.yaml`; `vault.connectHost`, `authentik.url`, `gitops.remote` and `clusters` are filled in. */
  readonly installation: SampleInstallation;
  /** Manifest of the Application in the files; undefined where Argo CD does not deploy. */
  readonly applicationFile?: string;
  /** Folder that Flux deploys where the files hold no object of Flux. */
  readonly folder?: string;
  /** Manifests that `flux bootstrap` has applied, among the files. */
  readonly fluxFile?: string;
  /** Manifest of the ClusterSecretStore in the files. */
  readonly storeFile: string;
  /** Name of the vault as the store calls it. */
  readonly vaultName: string;
  /** A service on the cluster of Argo CD, in a namespace and an Application of its own. */
  readonly service?: { readonly applicationFile: string; readonly namespace: string };
  /** A further namespace on Authentik's cluster, in which External Secrets works too. */
  readonly furtherNamespace?: string;
  /** Labels of the fields that the vault item holds from the start. */
  readonly vaultFields: readonly string[];
}

/**
 * `external`: the files of `auto`, deployed by Flux, of which the job is not told; `consumers`: those of `manual`, and a service on the other cluster that reads a
 * secret; `helm`: the commonest public shape, deployed by Flux and Helm, of which the job is not told either; `flux`: one that tells the job of
 * Flux's objects.
 */
export type LayoutName = 'manual' | 'auto' | 'external' | 'consumers' | 'helm' | 'flux';

const author = { name: 'oidc-registrar', email: 'oidc-registrar@orchard.example' };
/** What the samples ask for: registrations in the input, too, so that a test need not commit each of its own. */
const policy = {
  inline: true,
  redirectUris: { regex: true },
  files: ['changelog.d/*'],
  everyone: true,
  ansible: { destinations: ['/etc/**', '{{ zot_etc }}/**'] },
} satisfies InstallationInput['policy'];
/** Replaced when the sandbox starts; the schema wants a URL. */
const LATER = 'http://127.0.0.1';

const INSTALLATIONS: Readonly<Record<'manual' | 'auto' | 'helm' | 'flux', Omit<Layout, 'files'>>> = {
  manual: {
    applicationFile: 'argocd/authentik.yaml',
    folder: 'identity/authentik',
    storeFile: 'secrets/cluster-secret-store.yaml',
    vaultName: 'orchard',
    vaultFields: ['secret-key', 'database-password', 'wiki-client-secret'],
    installation: {
      apiVersion: 'oidc-registrar/v1',
      kind: 'Installation',
      gitops: {
        remote: 'filled-in',
        aliases: ['https://git.orchard.example/platform/homelab.git'],
        branch: 'main',
        land: 'last',
        author,
      },
      clusters: {},
      argocd: { cluster: 'hub' },
      vault: {
        connectHost: LATER,
        vaultId: 'orchardvaultaaaaaaaaaaaaaa',
        itemId: 'authentikitemaaaaaaaaaaaaa',
        itemTitle: 'Authentik (orchard)',
      },
      authentik: {
        url: LATER,
        cluster: 'edge',
        namespace: 'identity',
        application: 'authentik',
        blueprints: { file: 'identity/authentik/blueprints.yaml', configMap: 'authentik-blueprints' },
        externalSecret: { file: 'identity/authentik/external-secret.yaml', name: 'authentik' },
        deployment: { file: 'identity/authentik/worker.yaml', name: 'authentik-worker', container: 'worker' },
      },
      naming: { blueprintName: 'Orchard {displayName} SSO' },
      policy,
    },
  },
  auto: {
    applicationFile: 'fleet/apps/identity.yaml',
    folder: 'fleet/edge/identity',
    storeFile: 'fleet/edge/secrets/store.yaml',
    vaultName: 'fleet',
    vaultFields: ['key', 'grafana-oidc'],
    installation: {
      apiVersion: 'oidc-registrar/v1',
      kind: 'Installation',
      gitops: {
        remote: 'filled-in',
        aliases: ['git@git.meadow.example:ops/fleet'],
        branch: 'trunk',
        land: 'first',
        registrations: 'clients',
        author,
      },
      clusters: {},
      argocd: { cluster: 'hub' },
      vault: {
        connectHost: LATER,
        vaultId: 'fleetvaultaaaaaaaaaaaaaaaa',
        itemId: 'ssoitemaaaaaaaaaaaaaaaaaaa',
        itemTitle: 'sso',
      },
      authentik: {
        url: LATER,
        cluster: 'edge',
        namespace: 'sso',
        application: 'identity',
        blueprints: { file: 'fleet/edge/identity/blueprints.yaml', configMap: 'sso-blueprints', mountedAs: 'fleet' },
        externalSecret: { file: 'fleet/edge/identity/secrets.yaml', name: 'sso-secrets' },
        deployment: { file: 'fleet/edge/identity/worker.yaml', name: 'sso-worker', container: 'authentik' },
      },
      naming: { envVar: '{NAME}_OIDC', vaultField: '{name}-oidc', blueprintName: '{displayName}' },
      policy,
    },
  },
  helm: {
    folder: 'identity/authentik',
    storeFile: 'identity/store.yaml',
    vaultName: 'home',
    vaultFields: ['SECRET_KEY', 'POSTGRES_PASSWORD', 'GRAFANA_CLIENT_SECRET', 'PAPERLESS_CLIENT_SECRET'],
    installation: {
      apiVersion: 'oidc-registrar/v1',
      kind: 'Installation',
      gitops: { remote: 'filled-in', branch: 'main', land: 'first', registrations: 'clients', author },
      clusters: {},
      vault: {
        connectHost: LATER,
        vaultId: 'homevaultaaaaaaaaaaaaaaaaa',
        itemId: 'authentikitemaaaaaaaaaaaaa',
        itemTitle: 'authentik',
      },
      authentik: {
        url: LATER,
        cluster: 'home',
        namespace: 'identity',
        deployBy: 'external',
        blueprints: {
          file: 'identity/authentik/blueprints.yaml',
          configMap: 'authentik-blueprints',
          mountedAs: 'mounted/cm-authentik-blueprints',
          section: 'apps.yaml',
        },
        externalSecret: { file: 'identity/authentik/external-secret.yaml', name: 'authentik' },
        deployment: {
          file: 'identity/authentik/helm-release.yaml',
          name: 'authentik-worker',
          container: 'worker',
          valuesPath: 'spec.values.global.env',
        },
      },
      naming: {
        envVar: '{NAME}_CLIENT_SECRET',
        secretKey: '{NAME}_CLIENT_SECRET',
        vaultField: '{NAME}_CLIENT_SECRET',
      },
      policy,
    },
  },
  flux: {
    fluxFile: 'clusters/harbour/flux-system/gotk-sync.yaml',
    storeFile: 'bootstrap/store.yaml',
    vaultName: 'harbour',
    vaultFields: ['SECRET_KEY', 'POSTGRES_PASSWORD', 'GRAFANA_OIDC_SECRET'],
    installation: {
      apiVersion: 'oidc-registrar/v1',
      kind: 'Installation',
      gitops: {
        remote: 'filled-in',
        aliases: ['https://git.harbour.example/ops/cluster.git'],
        branch: 'main',
        land: 'first',
        registrations: 'clients',
        author,
      },
      clusters: {},
      vault: {
        connectHost: LATER,
        vaultId: 'harbourvaultaaaaaaaaaaaaaa',
        itemId: 'authentikitemaaaaaaaaaaaaa',
        itemTitle: 'authentik',
      },
      authentik: {
        url: LATER,
        cluster: 'harbour',
        namespace: 'identity',
        deployBy: 'flux',
        kustomization: 'identity',
        helmRelease: 'authentik',
        blueprints: {
          file: 'apps/identity/authentik/blueprints.yaml',
          configMap: 'authentik-blueprints',
          mountedAs: 'mounted/cm-authentik-blueprints',
          section: 'apps.yaml',
        },
        externalSecret: { file: 'apps/identity/authentik/external-secret.yaml', name: 'authentik' },
        deployment: {
          file: 'apps/identity/authentik/helm-release.yaml',
          name: 'authentik-worker',
          container: 'worker',
          valuesPath: 'spec.values.global.env',
        },
      },
      naming: {
        envVar: '{NAME}_OIDC_SECRET',
        secretKey: '{NAME}_OIDC_SECRET',
        vaultField: '{NAME}_OIDC_SECRET',
      },
      policy,
    },
  },
};

/** One of the sample repositories below `sample/`. */
export async function sampleLayout(name: LayoutName): Promise<Layout> {
  if (name === 'external') return withoutArgoCd(await sampleLayout('auto'));
  if (name === 'consumers') {
    const [layout, files] = [await sampleLayout('manual'), await sampleFiles(name)];
    const service = { applicationFile: 'argocd/photos.yaml', namespace: 'photos' };
    return { ...layout, files: { ...layout.files, ...files }, service };
  }
  return { ...INSTALLATIONS[name], files: await sampleFiles(name) };
}

async function sampleFiles(name: string): Promise<Layout['files']> {
  const root = fileURLToPath(new URL(`../sample/${name}/`, import.meta.url));
  return readTree(root);
}

function withoutArgoCd({ applicationFile = '', ...layout }: Layout): Layout {
  const { argocd: _argocd, ...installation } = layout.installation;
  const { application: _application, ...authentik } = installation.authentik;
  const { [applicationFile]: _file, ...files } = layout.files;
  return { ...layout, files, installation: { ...installation, authentik: { ...authentik, deployBy: 'external' } } };
}

/** Every file below a folder, by its path in it. */
export async function readTree(root: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return Object.fromEntries(files.map((file, i) => [path.relative(root, file), texts[i] ?? '']));
}
