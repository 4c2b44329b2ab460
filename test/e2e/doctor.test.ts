import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { execa } from 'execa';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { DoctorFinding } from '../../core/doctor/finding.ts';
import type { InstallationInput } from '../../core/installation/installation.ts';
import { parseFault } from '../../sandbox/faults/parseFault.ts';
import { STORE_TOKEN } from '../../sandbox/world/worldParts.ts';
import { loadWorkerConfig } from '../../worker/config.ts';
import { createDeps } from '../../worker/createDeps.ts';
import { createWorker } from '../../worker/createWorker.ts';
import { startGitServer } from '../cluster/flux/gitServer.ts';
import { photosWith } from '../fixtures/clients.ts';
import { useTestBed, type TestBed } from './testBed.ts';

// Everything that can be wrong with an installation, a fault each, and what `doctor` says of it: what a person types.

/** A port on which nobody listens. */
const CLOSED = 'http://127.0.0.1:1';

/** What is wrong, by its name, and what is told of it. */
type Faults = Readonly<Record<string, readonly [system: string, says: RegExp]>>;

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).toReversed()) await each();
});

async function folder(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'oidc-registrar-doctor-'));
  undo.push(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A worker with another registrar.yaml, or other tokens, for as long as the test lasts. */
async function worker(
  bed: TestBed,
  {
    edit = (all) => all,
    env = {},
    namespace = 'default',
  }: {
    edit?: (installation: InstallationInput) => InstallationInput;
    env?: Readonly<Record<string, string>>;
    namespace?: string;
  } = {},
): Promise<void> {
  const file = path.join(await folder(), 'registrar.yaml');
  const written = await readFile(bed.world.workerEnv['REGISTRAR_CONFIG'] ?? '', 'utf8');
  await writeFile(file, stringify(edit(parse(written) as InstallationInput)));
  const config = loadWorkerConfig({ ...bed.world.workerEnv, ...env, REGISTRAR_CONFIG: file });
  const client = new Client({ connection: bed.client.connection, namespace });
  const connection = await NativeConnection.connect({ address: bed.temporal.address });
  const deps = await createDeps({ ...config, cacheDir: await folder() }, client);
  const workflowBundle = { codePath: inject('workflowBundle') };
  const started = await createWorker({ taskQueue: config.ids.taskQueue, connection, namespace, deps, workflowBundle });
  const running = started.run();
  undo.push(async () => {
    started.shutdown();
    await running;
    await connection.close();
  });
}

interface Told {
  readonly code: number | undefined;
  readonly findings: readonly DoctorFinding[];
  readonly text: string;
}

/** `oidc-registrar doctor`, as a pipe sees it. */
async function doctor(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Told> {
  const cli = path.join(inject('built'), 'client', 'cli.js');
  const { exitCode, stdout, stderr } = await execa(process.execPath, [cli, 'doctor', ...args], {
    reject: false,
    stdin: 'ignore',
    cwd: await folder(),
    env: { NO_COLOR: '1', ...env },
  });
  const json = args.includes('--json');
  if (json && stdout === '') throw new Error(stderr);
  return {
    code: exitCode,
    findings: json ? (JSON.parse(stdout) as { findings: DoctorFinding[] }).findings : [],
    text: stdout,
  };
}

const at = (bed: TestBed, namespace = 'default') => ({
  TEMPORAL_ADDRESS: bed.temporal.address,
  TEMPORAL_NAMESPACE: namespace,
});

/** Each fault is told, with a remedy, and nothing that nobody did. */
function expectTold({ findings, code }: Told, faults: Faults): void {
  const amiss = findings.filter(({ severity }) => severity !== 'well');
  const tells = ({ system, what, message }: DoctorFinding, [of, says]: Faults[string]): boolean =>
    system === of && says.test(`${what}: ${message}`);
  const untold = Object.entries(faults).filter(([, said]) => !amiss.some((finding) => tells(finding, said)));
  const invented = amiss.filter((finding) => !Object.values(faults).some((said) => tells(finding, said)));
  expect({ untold: untold.map(([name]) => name), invented }).toEqual({ untold: [], invented: [] });
  expect(amiss.filter(({ remedy = '' }) => remedy === '')).toEqual([]);
  expect(code).toBe(1);
}

const PHOTOS = photosWith({ application: 'photos' });

const quiet = (all: InstallationInput): InstallationInput => ({ ...all, ansible: { syntaxCheck: 'off' } });

describe('where Argo CD deploys', () => {
  let bed: TestBed;
  useTestBed({ worker: 'none', notify: 'json', adjust: quiet }, (started) => {
    bed = started;
  });
  const withWebhook = (all: InstallationInput): InstallationInput => ({ ...all, notify: { shape: 'json' } });

  it('tells that all is well, for people and for programs, and leaves everything as it was', async () => {
    await worker(bed, { edit: withWebhook });
    const before = await bed.world.snapshot();

    const { findings, code } = await doctor(at(bed), '--json');

    expect(findings.filter(({ severity }) => severity !== 'well')).toEqual([]);
    expect([...new Set(findings.map(({ system }) => system))].join(', ')).toBe(
      'Temporal, Git, registration file, 1Password, Kubernetes, Argo CD, Authentik, Consumer, Webhook',
    );
    expect(code).toBe(0);
    const { text } = await doctor(at(bed));
    expect(text).toMatch(/Temporal\n {2}✓ reach: .*\n/);
    expect(text).toContain('✓ cluster edge: answers; 10 rules, all allowed');
    expect(text.trimEnd().split('\n').at(-1)).toBe('all is well');
    await bed.expectAsBefore(before);
    expect(bed.world.webhook?.received).toEqual([]);
  });

  /** A registrar.yaml of whoever asks, which no worker would start with. */
  async function brokenInstallation(): Promise<string> {
    const file = path.join(await folder(), 'broken.yaml');
    const text = await readFile(bed.world.workerEnv['REGISTRAR_CONFIG'] ?? '', 'utf8');
    await writeFile(file, text.replace('gitops:', 'gitops:\n  branche: main'));
    return file;
  }

  const MANY: Faults = {
    'a field that registrar.yaml does not know': ['registrar.yaml', /gitops: .*branche/],
    'a short retention': ['Temporal', /retention: .* 24 hours, and people have 7 days/],
    'no search attribute': ['Temporal', /no search attribute OidcClient/],
    'a push that is refused': ['Git', /push: .*(403|not exported|denied|access)/i],
    'a file that is not there': ['Git', /nowhere\.yaml of branch main does not hold Deployment/],
    'a registration that cannot be read': ['registration file', /broken\.yaml/],
    'a vault item of another title': ['1Password', /titled ".*", registrar\.yaml says "Elsewhere"/],
    'a vault token that only reads': ['1Password', /write: .*whether the token may write/],
    'a role without a rule': ['Kubernetes', /hub may not update leases\.coordination\.k8s\.io/],
    'a role that syncs nothing': ['Kubernetes', /hub may not patch applications\.argoproj\.io/],
    "a role without a consumer's rule": ['Kubernetes', /edge may not get namespaces photos, which client photos needs/],
    'a role that restarts no pods': ['Kubernetes', /edge may not patch deployments\.apps .*which rotations/],
    'an ExternalSecret that is not refreshed': ['External Secrets', /is not Ready/],
    'an Application that nobody knows': ['Argo CD', /nowhere/],
    'an Authentik that nobody knows': ['Authentik', /version: .*2031\.1 is not a version/],
    'a missing permission': ['Authentik', /permissions: .*authentik_core\.view_group/],
    'blueprints that nobody applies': ['Authentik', /blueprints: no Authentik worker answers/],
    'a flow that is not there': ['Authentik', /no flow named "nowhere"/],
    'a signing key that is not there': ['Authentik', /"keyless"/],
    'a webhook that is closed': ['Webhook', /reach: .*does not answer/],
  };

  it(`tells ${Object.keys(MANY).length} faults in one run: ${Object.keys(MANY).join(', ')}`, async () => {
    await namespaceOfADay(bed, 'bare');
    const git = await startGitServer(bed.world.repository.dir);
    undo.push(() => git.close());
    const files = { 'oidc-clients/broken.yaml': 'kind: Nothing\n', 'oidc-clients/photos.yaml': stringify(PHOTOS) };
    await bed.world.repository.commitAs('somebody', files, 'a mistake');
    const gone = Object.fromEntries(Object.keys(files).map((file) => [file, null]));
    undo.push(() => bed.world.repository.commitAs('somebody', gone, 'mended'));
    bed.world.authentik.setVersion('2031.1');
    undo.push(async () => bed.world.authentik.setVersion('2026.5.0'));
    bed.world.permissions.delete('view_group');
    undo.push(async () => bed.world.permissions.add('view_group'));
    await bed.world.addFaults(
      parseFault('kubernetes/hub:denies=update leases.coordination.k8s.io'),
      parseFault('kubernetes/hub:denies=patch applications.argoproj.io'),
      parseFault('kubernetes/edge:denies=patch deployments.apps'),
      parseFault('kubernetes/edge:denies=get namespaces'),
      parseFault('externalSecrets:storeNotReady'),
      parseFault('authentik:GET:/managed/blueprints/available:error=500'),
    );
    await worker(bed, {
      namespace: 'bare',
      env: { OP_CONNECT_TOKEN: STORE_TOKEN, REGISTRAR_NOTIFY_URL: `${CLOSED}/topic` },
      edit: (all) => ({
        ...withWebhook(all),
        gitops: { ...all.gitops, remote: git.url, aliases: [bed.world.repository.dir] },
        vault: { ...all.vault, itemTitle: 'Elsewhere' },
        provider: { authorizationFlow: 'nowhere', signingKey: 'keyless' },
        timings: { ...all.timings, readyMs: 604_800_000 },
        authentik: {
          ...all.authentik,
          application: 'nowhere',
          deployment: { ...all.authentik.deployment, file: 'identity/authentik/nowhere.yaml' },
        },
      }),
    });

    await expect.poll(async () => (await doctor(at(bed, 'bare'), '--json')).text).toContain('is not Ready');
    expectTold(await doctor(at(bed, 'bare'), '--json', '--installation', await brokenInstallation()), MANY);
  });

  const WRONG_PLACES: Faults = {
    'a branch that nobody made': ['Git', /read: .*nowhere/],
    'a vault that is closed': ['1Password', /Connect does not answer/],
    'a cluster that is closed': ['Kubernetes', /cluster hub: cluster hub does not answer/],
    'a token that Authentik does not know': ['Authentik', /version: .*403/],
  };

  it(`tells, where nothing is to be had, ${Object.keys(WRONG_PLACES).join(', ')}`, async () => {
    const dir = await folder();
    const kubeconfig = path.join(dir, 'kubeconfig');
    await writeFile(kubeconfig, closedKubeconfig());
    await worker(bed, {
      env: { AUTHENTIK_TOKEN: 'a-token-of-nobody' },
      edit: (all) => ({
        ...all,
        gitops: { ...all.gitops, branch: 'nowhere' },
        vault: { ...all.vault, connectHost: CLOSED },
        clusters: { ...all.clusters, hub: { kubeconfig } },
      }),
    });

    expectTold(await doctor(at(bed), '--json'), WRONG_PLACES);
  });

  it('tells that no worker polls, and what Temporal forgets meanwhile', async () => {
    await namespaceOfADay(bed, 'idle');
    expectTold(await doctor(at(bed, 'idle'), '--json'), {
      'no worker': ['Temporal', /worker: nobody polls task queue oidc-registrar/],
      'a short retention': ['Temporal', /24 hours, and people have 7 days/],
    });
  });

  it.each([
    ['a namespace that is not there', { TEMPORAL_NAMESPACE: 'nowhere' }, /there is no namespace "nowhere"/],
    ['a Temporal that is closed', { TEMPORAL_ADDRESS: '127.0.0.1:1' }, /no Temporal server answers at 127\.0\.0\.1:1/],
  ])('tells %s', async (name, env, says) => {
    expectTold(await doctor({ ...at(bed), ...env }, '--json'), { [name]: ['Temporal', says] });
  });
});

describe('where Flux deploys, and people merge', () => {
  let bed: TestBed;
  useTestBed({ layout: 'flux', worker: 'none', forge: 'gitea', adjust: quiet }, (started) => {
    bed = started;
  });
  const KUSTOMIZATION = {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    namespace: 'flux-system',
    name: 'identity',
  };

  it('tells that all is well', async () => {
    await worker(bed);
    const { findings, code } = await doctor(at(bed), '--json');
    expect(findings.filter(({ severity }) => severity !== 'well')).toEqual([]);
    expect(findings.map(({ system }) => system)).toEqual(expect.arrayContaining(['Flux', 'Forge']));
    expect(code).toBe(0);
  });

  it('tells a Kustomization that is suspended, a role without a rule, and a token that the forge does not know', async () => {
    await bed.world.cluster.mergePatch(KUSTOMIZATION, { spec: { suspend: true } });
    undo.push(() => bed.world.cluster.mergePatch(KUSTOMIZATION, { spec: { suspend: false } }));
    await bed.world.addFaults(parseFault('kubernetes/harbour:denies=patch gitrepositories.source.toolkit.fluxcd.io'));
    await worker(bed, { env: { FORGE_TOKEN: 'a-token-of-nobody' } });

    expectTold(await doctor(at(bed), '--json'), {
      'a Kustomization that is suspended': ['Flux', /Kustomization .*identity is suspended/],
      'a role without a rule': ['Kubernetes', /may not patch gitrepositories\.source/],
      'a token that the forge does not know': ['Forge', /pull requests: .*401/],
    });
  });
});

/** A server that does not answer. */
function closedKubeconfig(): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'hub',
    clusters: [{ name: 'hub', cluster: { server: CLOSED, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'hub', user: { token: 'of-nobody' } }],
    contexts: [{ name: 'hub', context: { cluster: 'hub', user: 'hub' } }],
  });
}

/** A namespace as people make one by default: with a short memory, and without the search attribute. */
async function namespaceOfADay(bed: TestBed, namespace: string): Promise<void> {
  const workflowExecutionRetentionPeriod = { seconds: 86_400 as never };
  await bed.client.connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
}
