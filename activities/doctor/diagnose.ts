import { VERSION } from '../../core/base/version.ts';
import type { Diagnosis } from '../../core/doctor/finding.ts';
import { neededRetentionMs } from '../../core/doctor/retention.ts';
import type { Deps } from '../deps.ts';
import { askedOnce } from '../kit/askedOnce.ts';
import { throwIfCancelled } from '../kit/wait.ts';
import { withLiveSubstitution } from '../state/fluxSubstitution.ts';
import { authentikLooks } from './authentik.ts';
import { clusterLooks } from './clusters.ts';
import { deployerLooks } from './deployer.ts';
import { gitLooks } from './git.ts';
import { otherLooks } from './others.ts';
import { reachOf } from './reach.ts';
import { findingsOf } from './report.ts';
import { vaultLooks } from './vault.ts';

/**
 * Looks at everything that this worker works with, and changes nothing: what it may, and what preflight would refuse of any
 * client. All looks at once; one that fails is a finding. Never throws for what it finds.
 */
export async function diagnose(systems: Deps): Promise<Diagnosis> {
  const { timings } = systems.installation;
  // Where Flux cannot be read, its own look says so.
  const reach = reachOf(askedOnce(await withLiveSubstitution(systems).catch(() => systems)));
  const looks = [gitLooks, vaultLooks, clusterLooks, deployerLooks, authentikLooks, otherLooks];
  const findings = await findingsOf(looks.flatMap((looksAt) => looksAt(reach)));
  throwIfCancelled();
  return { version: VERSION, retentionMs: neededRetentionMs(timings), findings };
}
