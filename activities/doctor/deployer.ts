import { deployerTraits } from '../../core/installation/deployers.ts';
import { fluxPlace } from '../../core/installation/fluxPlace.ts';
import { deployerOf } from '../deploy/deployerOf.ts';
import type { Reach } from './reach.ts';
import type { Look, Report } from './report.ts';

/** What a run asks of whoever deploys; nothing where nobody is asked. */
export function deployerLooks(reach: Reach): readonly Look[] {
  const { installation } = reach.deps;
  const { isAsked, system } = deployerTraits(installation);
  if (!isAsked) return [];
  const { application, kustomization } = installation.authentik;
  return [
    {
      system,
      what: application === undefined ? `Kustomization ${kustomization}` : `Application ${application}`,
      look: (report) => ofDeployer(reach, report),
    },
  ];
}

async function ofDeployer({ deps, head, cluster }: Reach, report: Report): Promise<void> {
  const { argocd } = deps.installation;
  const place = argocd ?? fluxPlace(deps.installation);
  if (place !== undefined) await cluster(place.cluster);
  await report.ask(head);
  const deployer = deployerOf(deps);
  for (const check of deployer.checks) await report.ask(() => check(deps));
  // A sync window opens by itself.
  for (const check of deployer.checksOfNow) await report.ask(() => check(deps), 'warning');
  if (!report.isWell) return;
  for (const why of (await report.ask(() => deployer.halts?.(deps))) ?? [])
    report.amiss('error', why, 'Mend what it names: what lands is not deployed until then.');
  report.ends('deploys what a run lands, from the target branch');
}
