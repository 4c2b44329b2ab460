import { type Installation, installationSchema, type InstallationInput } from '../../core/installation/installation.ts';

type Authentik = InstallationInput['authentik'];

/** A small installation, of which a test says how Authentik is deployed and where its files are. */
export function wikiInstallation(
  authentik: Omit<Authentik, 'url' | 'cluster' | 'namespace'>,
  more: Partial<InstallationInput> = {},
): Installation {
  return installationSchema.parse({
    apiVersion: 'oidc-registrar/v1',
    kind: 'Installation',
    gitops: { remote: 'https://git.example/lab.git', land: 'first', author: { name: 'r', email: 'r@git.example' } },
    clusters: { home: {} },
    vault: {
      connectHost: 'https://connect.example',
      vaultId: 'vaultaaaaaaaaaaaaaaaaaaaaa',
      itemId: 'itemaaaaaaaaaaaaaaaaaaaaaa',
      itemTitle: 'Authentik',
    },
    authentik: { url: 'https://sso.example', cluster: 'home', namespace: 'sso', ...authentik },
    ...more,
  } satisfies InstallationInput);
}
