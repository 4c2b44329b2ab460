import { enumerated } from '../core/base/words.ts';
import { editOf, entryOfValue } from '../core/changes/entry.ts';
import { deliveredOf } from '../core/names/delivered.ts';
import type { FileChangePlan } from '../core/changes/fileChanges.ts';
import { deployerTraits } from '../core/installation/deployers.ts';
import type { Installation } from '../core/installation/installation.ts';
import { deliveryOf } from '../core/kubernetes/delivery.ts';
import { consumerActions } from '../core/plan/plannedActions.ts';
import { remainingFor } from '../core/plan/remaining.ts';
import { changedBy, changesResource } from '../core/run/job.ts';
import { vaultOf } from '../core/vault/vaults.ts';
import type { WorldOfFiles } from './judgesOfFiles.ts';

/** What the job would do in this order, for people who commit by hand, and what people do in any case. */
export function remainingByHand(
  { deps: { installation }, registration, names }: WorldOfFiles,
  edits: readonly FileChangePlan[],
): readonly string[] {
  const { gitops, authentik } = installation;
  const named = changedBy({ edits }, 'externalSecret');
  const planned = edits.map(({ step, entry, path, kind }) => ({ step, entry, path, kind }));
  const put = enumerated([
    `a secret into field "${names.vaultField}"`,
    ...(names.keptId === undefined ? [] : [`client id ${names.clientId} into field "${names.keptId.vaultField}"`]),
  ]);
  const byEnvFrom = deliveredOf(names).filter(
    (value, i) => deliveryOf(value).frozen && editOf(planned, entryOfValue('deployment', i)) === undefined,
  );
  return [
    ...(named
      ? [
          `before these files are deployed, put ${put} of ${vaultOf(installation, names).place}: one key that is missing stops the refresh of every other in ExternalSecret ${authentik.externalSecret.name}`,
        ]
      : []),
    `land the files on ${gitops.branch}${orderOf(installation, edits)}`,
    ...(named && byEnvFrom.length > 0
      ? [
          `restart Deployment ${authentik.namespace}/${authentik.deployment.name} once the Secret has its key ${enumerated(byEnvFrom.map(({ secretKey }) => secretKey))}, where nothing such as Reloader does: envFrom gives variable ${enumerated(byEnvFrom.map(({ envVar }) => envVar))} to new pods alone`,
        ]
      : []),
    ...consumerActions({ registration, edits: planned }, installation).map(({ what }) => `then ${what}`),
    ...remainingFor({ registration, names, edits: planned }, installation),
  ];
}

/** In which order the objects come, where both sides change and people can deploy one before the other. */
function orderOf(installation: Installation, edits: readonly FileChangePlan[]): string {
  const { byHand } = deployerTraits(installation);
  const later = [
    ...(changesResource({ edits }, 'configMap') ? ['ConfigMap'] : []),
    ...(changesResource({ edits }, 'deployment') ? ['Deployment'] : []),
  ];
  if (byHand === undefined || later.length === 0 || !changedBy({ edits }, 'externalSecret')) return '';
  return `; where ${byHand}, deploy the ExternalSecret first, then ${later.length === 1 ? 'the ' : ''}${enumerated(later)}`;
}
