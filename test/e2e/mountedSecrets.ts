import { sampleLayout, type Layout, type LayoutName } from '../../sandbox/world/layout.ts';

/** Where the worker of these layouts mounts the Secret. */
export const FOLDER = '/client-secrets';

/** What a person adds to the worker's Deployment of a sample, in its style: a mount, and a volume of the Secret. */
const LINES = {
  manual: {
    mounts: '          volumeMounts:\n',
    mount: `            - name: client-secrets\n              mountPath: ${FOLDER}\n`,
    volume: '        - name: client-secrets\n          secret:\n            secretName: authentik-env\n',
    items: '',
  },
  auto: {
    mounts: '        volumeMounts:\n',
    mount: `        - name: client-secrets\n          mountPath: ${FOLDER}\n`,
    volume: '      - name: client-secrets\n        secret:\n          secretName: sso-secrets\n',
    items: '          items:\n          - key: grafana-oidc\n            path: grafana-oidc\n',
  },
} as const;

/** A sample whose worker mounts the Secret: the whole of it on `manual`, single keys of it on `auto` and `external`. */
export async function mounted(name: LayoutName, subPath = ''): Promise<Layout> {
  const { files, installation, ...sample } = await sampleLayout(name);
  const { mounts, mount, volume, items } = LINES[name === 'manual' ? 'manual' : 'auto'];
  const { file } = installation.authentik.deployment;
  const text = (files[file] ?? '').replace(mounts, `${mounts}${mount}${subPath}`);
  const authentik = { ...installation.authentik, delivery: 'file' as const, secretFolder: FOLDER };
  return {
    ...sample,
    files: { ...files, [file]: `${text}${volume}${items}` },
    installation: { ...installation, authentik },
  };
}
