import { initialised } from '../../../client/commands/init.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import { textsOf } from '../../fixtures/texts.ts';

/** What no file tells, as a person gives it. */
export const ANSWERS = {
  'vault-id': 'orchardvaultaaaaaaaaaaaaaa',
  'item-id': 'authentikitemaaaaaaaaaaaaa',
  'connect-host': 'https://connect.orchard.example',
  url: 'https://auth.orchard.example',
  namespace: 'identity',
  remote: 'https://git.orchard.example/platform/homelab.git',
} as const;

export type Files = Readonly<Record<string, string>>;

/** `init` over these files, with nobody to ask. */
export async function initOver(files: Files, answers: Readonly<Record<string, string>> = {}, remote?: string) {
  return initialised(
    textsOf(files),
    { remote, branch: undefined },
    { answers: { ...ANSWERS, ...answers }, deployDir: 'deploy/oidc-registrar' },
  );
}

/** A client that no repository has. */
export const orders = checkRegistration(
  {
    apiVersion: 'oidc-registrar/v1',
    kind: 'OidcClient',
    metadata: { name: 'orders' },
    spec: { displayName: 'Orders', redirectUris: ['https://orders.example/callback'], access: { groups: ['cooks'] } },
  },
  'test',
);

/** ExternalSecret of Authentik with one value of the vault. */
export const secretsWith = (key: string): string => `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: { name: idp }
spec:
  secretStoreRef: { kind: ClusterSecretStore, name: op }
  target: { name: idp }
  data:
    - secretKey: ${key}
      remoteRef: { key: idp, property: ${key} }
`;
