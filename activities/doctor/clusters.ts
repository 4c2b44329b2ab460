import { at } from '../../core/base/own.ts';
import { accessRules, describeRule, type AccessRule, type LiveNames } from '../../core/doctor/accessRules.ts';
import { kustomizationRef } from '../../core/installation/fluxPlace.ts';
import type { ExternalSecretState } from '../../integrations/externalSecrets/externalSecrets.ts';
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
  return [
    ...Object.keys(clusters).map((name): Look => ({
      system: 'Kubernetes',
      what: `cluster ${name}`,
      look: (report) => access(reach, { name, names }, report),
    })),
    {
      system: 'Kubernetes',
      what: `objects in namespace ${authentik.namespace}`,
      look: (report) => objects(reach, report),
    },
  ];
}

/** Whether the identity may do what the Role of deploy/ lets it do, each rule by a review of its own. */
async function access(
  reach: Reach,
  { name, names }: { readonly name: string; readonly names: () => Promise<LiveNames> },
  report: Report,
): Promise<void> {
  const { cluster } = await reach.cluster(name);
  const rules = accessRules(reach.deps.installation, await names()).filter((rule) => rule.cluster === name);
  const denied: AccessRule[] = [];
  for (const rule of rules) if (!(await cluster.allows(rule))) denied.push(rule);
  for (const rule of denied) {
    const only = rule.onlyFor === undefined ? '' : `, which ${rule.onlyFor} need`;
    report.amiss(
      rule.onlyFor === undefined ? 'error' : 'warning',
      `the identity of clusters.${name} may not ${describeRule(rule)}${only}`,
      'Give it the roles of deploy/rbac.yaml, with the names of this installation.',
    );
  }
  if (denied.length > 0) return;
  const what = rules.length === 0 ? 'asks for the rules of consumers alone' : `${rules.length} rules, all allowed`;
  report.well(`answers; ${what}`);
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
