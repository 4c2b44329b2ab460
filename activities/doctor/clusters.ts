import { at } from '../../core/base/own.ts';
import { fewAtOnce } from '../../core/base/fewAtOnce.ts';
import { accessRules, consumerRules, type LiveNames } from '../../core/doctor/accessRules.ts';
import { type AccessRule, describeRule } from '../../core/kubernetes/accessRule.ts';
import type { Registration } from '../../core/registration/registration.ts';
import { kustomizationRef } from '../../core/installation/fluxPlace.ts';
import type { ExternalSecretState } from '../../integrations/externalSecrets/externalSecrets.ts';
import { otherRegistrations } from '../branch/registrationFile.ts';
import { fluxOf } from '../deploy/fluxOf.ts';
import type { Deps } from '../deps.ts';
import { assertRefreshed, assertRollsOut, roomFor } from '../preflight/cluster.ts';
import { assertMounted } from '../preflight/secretMount.ts';
import { assertFilledFromVault } from '../preflight/secretStore.ts';
import { liveBlueprints, liveExternalSecret, liveRollout, objectRef } from '../state/ourResources.ts';
import type { Reach } from './reach.ts';
import type { Look, Report } from './report.ts';

export function clusterLooks(reach: Reach): readonly Look[] {
  const { clusters, authentik } = reach.deps.installation;
  let read: Promise<LiveNames> | undefined;
  const names = (): Promise<LiveNames> => (read ??= liveNames(reach.deps));
  let told: Promise<readonly AccessRule[]> | undefined;
  const consumers = (): Promise<readonly AccessRule[]> => (told ??= ofConsumers(reach));
  return [
    ...Object.keys(clusters).map((name): Look => ({
      system: 'Kubernetes',
      what: `cluster ${name}`,
      look: (report) => access(reach, { name, names, consumers }, report),
    })),
    {
      system: 'Kubernetes',
      what: `objects in namespace ${authentik.namespace}`,
      look: (report) => objects(reach, report),
    },
  ];
}

/** Whether the identity may do what the Role of deploy/ lets it do, each rule by a review of its own. */
async function access(reach: Reach, { name, names, consumers }: Asked, report: Report): Promise<void> {
  const { cluster } = await reach.cluster(name);
  const all = [...accessRules(reach.deps.installation, await names()), ...(await consumers())];
  const here = all.filter((rule) => rule.cluster === name);
  // Consumers of one namespace share rules, such as that of its events. The first that needs one is named.
  const rules = [...new Map(here.toReversed().map((rule) => [describeRule(rule), rule]))].toReversed();
  const answers = await fewAtOnce(rules, REVIEWS_AT_ONCE, async ([, rule]) => cluster.allows(rule));
  const denied = rules.filter((_, i) => answers[i] === false);
  for (const [said, { onlyFor, client }] of denied) {
    const who = client === undefined ? onlyFor && `${onlyFor} need` : `client ${client} needs`;
    report.amiss(
      onlyFor === undefined ? 'error' : 'warning',
      `the identity of clusters.${name} may not ${said}${who === undefined ? '' : `, which ${who}`}`,
      'Give it the roles of deploy/rbac.yaml, with the names of this installation.',
    );
  }
  if (denied.length > 0) return;
  report.well(`answers; ${rules.length === 0 ? 'nothing is asked of it' : `${rules.length} rules, all allowed`}`);
}

interface Asked {
  readonly name: string;
  readonly names: () => Promise<LiveNames>;
  readonly consumers: () => Promise<readonly AccessRule[]>;
}

/** So many reviews are under way at once: each client may have a dozen. */
const REVIEWS_AT_ONCE = 8;

/** Rules of the consumers of all registrations. What cannot be read of them is told where they are looked at for themselves. */
async function ofConsumers({ deps, head }: Reach): Promise<readonly AccessRule[]> {
  const read = async (): Promise<readonly Registration[]> => otherRegistrations(deps, '', await head());
  const all = await read().catch(() => []);
  return all.flatMap((registration) => consumerRules(registration, deps.installation));
}

/** What cannot be read has a finding of its own, where it is looked at for itself. */
async function liveNames(deps: Deps): Promise<LiveNames> {
  const [external, project, flux] = await Promise.all([
    liveExternalSecret(deps).catch(() => undefined),
    projectOf(deps).catch(() => undefined),
    fluxNames(deps).catch(() => ({})),
  ]);
  return {
    ...(external === undefined ? {} : { secret: external.targetSecret, store: external.store }),
    ...(project === undefined ? {} : { project }),
    ...flux,
  };
}

async function projectOf({ installation, consumerCluster }: Deps): Promise<string | undefined> {
  const { argocd, authentik } = installation;
  if (argocd === undefined || authentik.application === undefined) return undefined;
  const { cluster } = await consumerCluster(argocd.cluster);
  const ref = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', namespace: argocd.namespace };
  const project = at(await cluster.get({ ...ref, name: authentik.application }), 'spec', 'project');
  return typeof project === 'string' ? project : undefined;
}

async function fluxNames(deps: Deps): Promise<Pick<LiveNames, 'gitRepository' | 'substitutes'>> {
  if (kustomizationRef(deps.installation) === undefined) return {};
  const { flux, ref } = await fluxOf(deps);
  const { sourceRef, postBuild } = await flux.kustomization(ref);
  const configMaps = (postBuild?.substituteFrom ?? []).filter(({ kind }) => kind === 'ConfigMap');
  return { gitRepository: sourceRef, substitutes: configMaps.map(({ name }) => name) };
}

/** Authentik's three objects, by the judges of preflight. */
async function objects(reach: Reach, report: Report): Promise<void> {
  const { deps } = reach;
  await reach.cluster(deps.installation.authentik.cluster);
  const externalSecret = await report.ask(() => liveExternalSecret(deps));
  if (externalSecret !== undefined) await judgeSecret(deps, externalSecret, report);
  const blueprints = await report.ask(() => liveBlueprints(deps));
  if (blueprints !== undefined)
    for (const warning of (await report.ask(() => roomFor(deps, blueprints, ''))) ?? [])
      report.amiss('warning', warning, 'Move sections to a ConfigMap of their own, mounted beside it.');
  const rollout = await report.ask(() => liveRollout(deps));
  if (rollout !== undefined)
    await report.judge(rollout, (found) => assertRollsOut(deps, found, { continued: false, edits: [] }));
  report.ends('ExternalSecret, ConfigMap and Deployment are there, and well');
}

async function judgeSecret(deps: Deps, externalSecret: ExternalSecretState, report: Report): Promise<void> {
  await report.judge(externalSecret, (found) => assertRefreshed(deps, found));
  await report.judge(externalSecret, (found) => assertFilledFromVault(deps, ANY_KEY, found));
  const deployment = await deps.cluster.get(objectRef(deps, 'deployment'));
  if (deployment !== undefined)
    await report.judge({ externalSecret, deployment }, (shared) => assertMounted(deps, shared));
}

/** One that no entry brings: it is the store of the ExternalSecret itself that is judged. */
const ANY_KEY = { secretKey: '' };
