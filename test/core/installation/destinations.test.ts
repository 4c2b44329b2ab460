import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { destinationsOf, digestOf, otherDestinations, type Digests } from '../../../core/installation/destinations.ts';
import { installationSchema, type InstallationInput } from '../../../core/installation/installation.ts';
import { caseInstallation } from '../../fixtures/zot.ts';

const hash = (value: string): string => createHash('sha256').update(value).digest('hex').slice(0, 12);

const base: InstallationInput = caseInstallation;
const { authentik, gitops, vault } = base;

function digest(input: InstallationInput, servers: Readonly<Record<string, string>> = {}): string {
  const server = (name: string): string | undefined =>
    name in input.clusters ? (servers[name] ?? `https://${name}.example.test:6443`) : undefined;
  return digestOf(destinationsOf({ installation: installationSchema.parse(input), server }), hash);
}

const worker = (of: string): Digests => ({ digest: of, formerDigest: 'of the whole file' });
const began = digest(base);

describe('a worker works elsewhere than the run began', () => {
  const elsewhere: readonly (readonly [string, InstallationInput])[] = [
    ['gitops.remote', { ...base, gitops: { ...gitops, remote: 'ssh://git@forge.example.test/other.git' } }],
    ['gitops.branch', { ...base, gitops: { ...gitops, branch: 'production' } }],
    ['gitops.land', { ...base, gitops: { ...gitops, land: 'first' } }],
    ['gitops.landBy', { ...base, gitops: { ...gitops, landBy: 'pullRequest' } }],
    ['gitops.registrations', { ...base, gitops: { ...gitops, registrations: 'clients' } }],
    ['argocd.namespace', { ...base, argocd: { cluster: 'indri', namespace: 'gitops' } }],
    ['argocd.cluster', { ...base, argocd: { cluster: 'ringtail' } }],
    ['vault.connectHost', { ...base, vault: { ...vault, connectHost: 'http://127.0.0.1:8081' } }],
    ['vault.vaultId', { ...base, vault: { ...vault, vaultId: 'othervault' } }],
    ['vault.itemId', { ...base, vault: { ...vault, itemId: 'otheritem' } }],
    ['vault.itemTitle', { ...base, vault: { ...vault, itemTitle: 'Another' } }],
    ['authentik.url', { ...base, authentik: { ...authentik, url: 'http://127.0.0.1:9001' } }],
    ['authentik.cluster', { ...base, authentik: { ...authentik, cluster: 'indri' } }],
    ['authentik.namespace', { ...base, authentik: { ...authentik, namespace: 'sso' } }],
    ['authentik.application', { ...base, authentik: { ...authentik, application: 'sso' } }],
    [
      'authentik.blueprints.configMap',
      { ...base, authentik: { ...authentik, blueprints: { ...authentik.blueprints, configMap: 'other' } } },
    ],
    [
      'authentik.blueprints.mountedAs',
      { ...base, authentik: { ...authentik, blueprints: { ...authentik.blueprints, mountedAs: 'ours' } } },
    ],
    [
      'authentik.externalSecret.name',
      { ...base, authentik: { ...authentik, externalSecret: { ...authentik.externalSecret, name: 'other' } } },
    ],
    [
      'authentik.deployment.container',
      { ...base, authentik: { ...authentik, deployment: { ...authentik.deployment, container: 'server' } } },
    ],
  ];

  test.each(elsewhere)('by another %s, which it names', (name, other) => {
    expect(otherDestinations(began, worker(digest(other)))).toContain(name);
    expect(otherDestinations(digest(other), worker(began))).toContain(name);
  });

  test('by a cluster of the same name that its kubeconfig or environment leads elsewhere', () => {
    const moved = digest(base, { ringtail: 'https://10.0.0.1:6443' });
    expect(otherDestinations(began, worker(moved))).toEqual(['authentik.cluster', 'clusters.ringtail']);
  });

  test('by a cluster less: a consumer of the run may be in it', () => {
    const more = { ...base, clusters: { ...base.clusters, edge: {} } };
    expect(otherDestinations(digest(more), worker(began))).toEqual(['clusters.edge']);
  });
});

describe('a worker may go on with a run', () => {
  const alike: readonly (readonly [string, InstallationInput])[] = [
    ['other times', { ...base, timings: { requestMs: 1 } }],
    ['notices', { ...base, notify: { shape: 'ntfy' } }],
    ['probes', { ...base, probes: { up: { command: ['true'] } } }],
    ['another author', { ...base, gitops: { ...gitops, author: { name: 'somebody', email: 'a@b.example' } } }],
    ['another policy', { ...base, authentik: { ...authentik, undo: 'keep', allowVersions: ['2027.2'] } }],
    ['a default that is written out', { ...base, gitops: { ...gitops, branch: 'main', landBy: 'push' } }],
    ['one more cluster for consumers', { ...base, clusters: { ...base.clusters, edge: {} } }],
    [
      'a cluster by another file that leads to the same server',
      { ...base, clusters: { indri: {}, ringtail: { context: 'x' } } },
    ],
  ];

  test.each(alike)('with %s', (_what, other) => {
    expect(otherDestinations(began, worker(digest(other)))).toEqual([]);
  });

  test('of a release that did not know a setting, while that says what went without saying', () => {
    expect(began).not.toMatch(/landBy|deployBy|delivery|vault\.kind/);
    const { connectHost: _none, ...byAccount } = vault;
    const account = digest({ ...base, vault: { ...byAccount, kind: 'serviceAccount' } });
    expect(otherDestinations(began, worker(account))).toContain('vault.kind');
  });

  test('that began before a digest had a version, where the file as a whole is the same', () => {
    expect(otherDestinations('of the whole file', worker(began))).toEqual([]);
    expect(otherDestinations('of another file', worker(began))).toEqual(['the file as a whole']);
  });

  test('but not of a release whose digests it cannot read', () => {
    expect(otherDestinations('v3:anything', worker(began))).toEqual(['the release of oidc-registrar']);
  });
});

test('a digest names places and shows none', () => {
  expect(began).toMatch(/^v2:(\S+=[0-9a-f]{12} ?)+$/);
  for (const value of [gitops.remote, vault.itemId, 'ringtail.example.test']) expect(began).not.toContain(value);
});
