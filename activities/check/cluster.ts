import { RegistrarError, unlessRefused } from '../../core/base/errors.ts';
import {
  environmentOf,
  isFromKey,
  variableSource,
  type Environment,
} from '../../core/kubernetes/containerEnvironment.ts';
import { type CheckBasis, type CheckReport, type Seen, byRepair } from '../../core/check/finding.ts';
import { deployerTraits } from '../../core/installation/deployers.ts';
import { deliveredOf } from '../../core/names/delivered.ts';
import { wholeRefusal } from '../../core/policy/wholeItem.ts';
import { deployerOf } from '../deploy/deployerOf.ts';
import { liveConsumersOf } from '../consumers/live.ts';
import type { LiveConsumer } from '../consumers/liveConsumer.ts';
import type { Deps } from '../deps.ts';
import { readShared, toldOfSecret } from '../preflight/cluster.ts';
import { assertMounted } from '../preflight/secretMount.ts';
import { readWhole } from '../preflight/wholeItem.ts';
import { assertVariable } from '../preflight/variable.ts';
import { failedSince } from '../state/externalSecretHealth.ts';
import { manifestAt } from '../state/manifest.ts';
import { ourEntry } from '../state/ourEntry.ts';
import { resourcesOf, liveExternalSecret, liveRollout } from '../state/ourResources.ts';
import { Reading } from './reading.ts';

/** The clusters: our entries are live as the target branch has them, the ExternalSecret is well, the roll-out has ended. */
export async function checkCluster(deps: Deps, basis: CheckBasis): Promise<CheckReport> {
  const reading = new Reading();
  for (const resource of resourcesOf(basis.names)) {
    await reading.of(() => ourEntry(deps, basis, resource));
  }
  await reading.ofSecret(basis.names, () => externalSecret(deps));
  await reading.ofSecret(basis.names, () => takenWhole(deps, basis));
  await reading.of(() => rollout(deps));
  await reading.ofSecret(basis.names, () => reaches(deps, basis));
  await reading.of(() => deploys(deps));
  for (const live of liveConsumersOf(deps, basis)) await reading.of(() => consumer(basis, live));
  return reading.result();
}

function shared(...findings: readonly Seen[]): CheckReport {
  return { present: false, findings };
}

/** One bad key stops the refresh of all; External Secrets tries again by itself, minutes apart. */
async function externalSecret(deps: Deps): Promise<CheckReport> {
  const { name } = deps.installation.authentik.externalSecret;
  const state = await liveExternalSecret(deps);
  const { store } = state;
  const remedy = 'Mend what it names; External Secrets tries again by itself.';
  const drift = (what: string): Seen => ({
    system: 'External Secrets',
    severity: 'drift',
    what,
    remedy,
    passing: 'anyRun',
  });
  if (!store.ready) return shared(drift(`${store.kind} ${store.name} is not Ready: ${store.message}`));
  if (state.ready && !failedSince(state)) return shared();
  return shared(
    drift(`ExternalSecret ${name} is not refreshed well: ${state.lastFailure?.message ?? state.readyMessage}`),
  );
}

/** Whoever takes the vault's item whole: the next rotation would hand it values that are not in service. */
async function takenWhole(deps: Deps, { base, names }: CheckBasis): Promise<CheckReport> {
  // A system that cannot be read is told by the looks at what is the client's.
  const whole = await unlessRefused(() => readWhole(deps, { base, names }, []));
  const refusal = wholeRefusal(whole?.readers ?? [], names.vaultField);
  if (refusal === undefined) return shared();
  const { system, message: what, remedy } = refusal;
  return shared({ system, severity: 'drift', what, remedy });
}

/** A consumer in its own system: as the registration asks for, and with the vault's value. */
async function consumer(basis: CheckBasis, live: LiveConsumer): Promise<CheckReport> {
  const drift = (what: string, present: boolean): CheckReport => ({
    present,
    findings: [{ system: live.system, severity: 'drift', what, ...byRepair(basis.client) }],
  });
  const missing = await live.missing();
  if (missing !== undefined) return drift(missing, (await live.lingering()) !== undefined);
  const without = await live.withoutSecret();
  return without === undefined ? { present: true, findings: [] } : drift(without, true);
}

/** Without its mount, or a variable that no entry of the client makes, the next apply finds no secret. */
async function reaches(deps: Deps, { base, names }: CheckBasis): Promise<CheckReport> {
  const environment = names.secretFile === undefined ? await environmentAt(deps, base) : undefined;
  if (names.secretFile === undefined && (environment?.envFrom.length ?? 0) === 0) return shared();
  try {
    const live = await readShared(deps);
    assertMounted(deps, live);
    const { targetSecret } = toldOfSecret(live);
    for (const value of deliveredOf(names)) {
      const source = environment && variableSource(environment, value.envVar, targetSecret);
      if (source?.by === 'envFrom' && isFromKey(source, targetSecret, value.secretKey))
        assertVariable(deps, value, live);
    }
    return shared();
  } catch (error) {
    if (!(error instanceof RegistrarError) || error.kind !== 'Refused') throw error;
    const { system, message: what, remedy } = error;
    return shared({ system, severity: 'drift', what, remedy });
  }
}

/** The worker's environment as the target branch has it. */
async function environmentAt(deps: Deps, base: string): Promise<Environment | undefined> {
  const { spec } = ((await manifestAt(deps, base, 'deployment')) ?? {}) as { spec?: { template?: { spec?: unknown } } };
  return environmentOf(spec?.template?.spec, deps.installation.authentik.deployment.container);
}

/** What whoever deploys says of itself: the client is as asked all the same, but no change of it would arrive. */
async function deploys(deps: Deps): Promise<CheckReport> {
  const { system } = deployerTraits(deps.installation);
  const halts = (await deployerOf(deps).halts?.(deps)) ?? [];
  const remedy = 'Resume or mend it: until then no change of a client is deployed.';
  return shared(...halts.map((what): Seen => ({ system, severity: 'notice', what, remedy, passing: 'anyRun' })));
}

async function rollout(deps: Deps): Promise<CheckReport> {
  const { name } = deps.installation.authentik.deployment;
  const state = await liveRollout(deps);
  const seen = (severity: Seen['severity'], what: string, remedy: string): CheckReport =>
    shared({ system: 'Kubernetes', severity, what: `Deployment ${name} ${what}`, remedy, passing: 'anyRun' });
  if (state.paused) return seen('drift', 'is paused', 'Resume its roll-out.');
  if (state.replicas === 0) return seen('drift', 'has zero replicas', 'Scale it up: Authentik needs a worker.');
  const status = `See kubectl rollout status deployment ${name}.`;
  if (state.failure !== undefined) return seen('drift', `is not well: ${state.failure}`, status);
  if (state.complete) return shared();
  // A roll-out that goes on is somebody's doing, and ends by itself.
  return seen('inProgress', `is rolling out: ${state.summary}`, status);
}
