import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { Api } from './api.ts';
import { startRealCluster, type RealCluster } from './realClusters.ts';
import { findTools, programsOf } from './tools.ts';

const tools = findTools();
const of = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const base = of('deploy/kubernetes');

const PATHS: Readonly<Record<string, string>> = {
  ConfigMap: '/api/v1/namespaces/{ns}/configmaps',
  Secret: '/api/v1/namespaces/{ns}/secrets',
  ServiceAccount: '/api/v1/namespaces/{ns}/serviceaccounts',
  Deployment: '/apis/apps/v1/namespaces/{ns}/deployments',
  NetworkPolicy: '/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies',
  ExternalSecret: '/apis/external-secrets.io/v1/namespaces/{ns}/externalsecrets',
};

const PAGE = of('docs/how-to/install-in-kubernetes.md');
/** What an installation says over the base. */
const [, OVERLAY = ''] = /^```yaml\n([\s\S]*?)^```/m.exec(await readFile(PAGE, 'utf8')) ?? [];

/** Stand-ins have no schema of a pod: test/docs/kubernetesBase.test.ts holds the files against worker and image there. */
describe.skipIf(typeof tools === 'string')('deploy/kubernetes on a real API server', () => {
  let dir: string;
  let cluster: (RealCluster & { stop(): Promise<void> }) | undefined;
  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'oidc-registrar-base-'));
    if (typeof tools !== 'string') cluster = await startRealCluster(tools, path.join(dir, 'c'), ['external-secrets']);
    for (const name of ['identity', 'sso', 'argocd'])
      await cluster?.api.must('POST', '/api/v1/namespaces', { metadata: { name } });
  });
  afterAll(async () => {
    await cluster?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  async function built(folder: string): Promise<readonly KubernetesObject[]> {
    const kustomize = path.join(typeof tools === 'string' ? '' : programsOf(tools), 'kustomize');
    const { stdout } = await execa(kustomize, ['build', folder]);
    return parseAllDocuments(stdout).map((document) => document.toJS() as KubernetesObject);
  }

  async function deployment(): Promise<KubernetesObject> {
    const found = (await built(base)).find(({ kind }) => kind === 'Deployment');
    if (found === undefined) throw new TypeError('the base has no Deployment');
    return found;
  }

  /** The answer to a dry run that refuses every field that the API server does not know. */
  async function tried(object: KubernetesObject): Promise<string> {
    const where = (PATHS[object.kind] ?? '').replace('{ns}', object.metadata.namespace ?? '');
    const answer = await cluster?.api.send('POST', `${where}?dryRun=All&fieldValidation=Strict`, object);
    return `${object.kind} ${answer?.status === 201 ? 'taken' : JSON.stringify(answer?.body)}`;
  }

  it('every object of the base is taken by a dry run', async () => {
    const objects = await built(base);
    expect(await Promise.all(objects.map(tried))).toEqual(objects.map(({ kind }) => `${kind} taken`));
    expect(objects.map(({ kind }) => kind).toSorted()).toEqual(
      Object.keys(PATHS)
        .filter((kind) => kind !== 'Secret')
        .toSorted(),
    );
  });

  it('a field that no API has is refused, so the dry run can tell', async () => {
    const wrong = structuredClone(await deployment());
    wrong['spec'].template.spec.containers[0].securityContext.readOnlyRootFileSystem = true;
    expect(await tried(wrong)).toContain('readOnlyRootFileSystem');
  });

  it("an installation's own kustomization takes image, namespace and registrar.yaml from it", async () => {
    const folder = path.join(dir, 'overlay');
    await mkdir(folder);
    await writeFile(
      path.join(folder, 'kustomization.yaml'),
      OVERLAY.replace('[base]', `[${path.relative(folder, base)}]`).replace('namespace: identity', 'namespace: sso'),
    );
    await writeFile(path.join(folder, 'registrar.yaml'), 'kind: Installation\n');
    const objects = await built(folder);
    expect(await Promise.all(objects.map(tried))).toEqual(objects.map(({ kind }) => `${kind} taken`));
    const map = objects.find(({ kind }) => kind === 'ConfigMap');
    const pod = objects.find(({ kind }) => kind === 'Deployment')?.['spec'].template.spec;
    expect(map?.['data']).toEqual({ 'registrar.yaml': 'kind: Installation\n' });
    expect(pod.volumes.find(({ name }: { name: string }) => name === 'config').configMap.name).toBe(map?.metadata.name);
    expect([pod.containers[0].image, map?.metadata.namespace]).toEqual([
      'registry.orchard.example/oidc-registrar:0.1.0',
      'sso',
    ]);
  });

  it.skipIf(spawnSync('kubectl', ['version', '--client']).status !== 0)(
    "kubectl makes the other cluster's kubeconfig from the Secret",
    async () => {
      const [, token] = await Promise.all([
        cluster?.api.must('POST', (PATHS['ServiceAccount'] ?? '').replace('{ns}', 'argocd'), {
          metadata: { name: 'oidc-registrar' },
        }),
        readFile(of('deploy/kubernetes/other-cluster/token.yaml'), 'utf8'),
      ]);
      // Without the controller that fills it in.
      const data = {
        token: btoa((await cluster?.api.tokenOf('argocd', 'oidc-registrar')) ?? ''),
        'ca.crt': cluster?.api.ca,
      };
      const where = (PATHS['Secret'] ?? '').replace('{ns}', 'argocd');
      await cluster?.api.must('POST', `${where}?fieldValidation=Strict`, { ...parse(token), data });
      const [, command = ''] =
        /^kubectl --context hub (.* get secret [\s\S]*?) > hub.kubeconfig$/m.exec(await readFile(PAGE, 'utf8')) ?? [];
      const args = ['--kubeconfig', path.join(dir, 'c/kubeconfig'), ...command.split(/[\s\\]+/)];
      const { stdout } = await execa('kubectl', args, { cwd: of('.') });
      const made = new Api(stdout.replace(/https:.*/, cluster?.api.server ?? ''));
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
      const who = await made.must('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', body);
      expect(who.status.userInfo.username).toBe('system:serviceaccount:argocd:oidc-registrar');
    },
  );

  it('the namespace may enforce the strictest of the Pod Security Standards', async () => {
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await cluster?.api.must('POST', '/api/v1/namespaces', { metadata: { name: 'strict', labels } });
    const { metadata, spec } = (await deployment())['spec'].template;
    const pod = (changed: object) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...metadata, name: 'worker', namespace: 'strict' },
      spec: { ...spec, serviceAccountName: 'default', ...changed },
    });
    const where = '/api/v1/namespaces/strict/pods?dryRun=All';
    await cluster?.api.send('POST', '/api/v1/namespaces/strict/serviceaccounts', { metadata: { name: 'default' } });
    const answer = await cluster?.api.send('POST', where, pod({}));
    expect([answer?.status, answer?.body.message]).toEqual([201, undefined]);
    const refused = await cluster?.api.send('POST', where, pod({ hostNetwork: true }));
    expect([refused?.status, refused?.body.message]).toEqual([403, expect.stringContaining('restricted')]);
  });
});
