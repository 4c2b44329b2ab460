import { editsAt } from '../../core/changes/entry.ts';
import { kindOf } from '../../core/consumers/consumersOf.ts';
import { deliveryOf } from '../../core/kubernetes/delivery.ts';
import { command } from '../../core/run/commands.ts';
import { madeLabel } from '../../core/run/madeObjects.ts';
import type { Job } from '../../core/run/job.ts';
import type { VaultContents } from '../../integrations/vault/vault.ts';
import type { Deps } from '../deps.ts';
import type { AccountsPlan } from './accounts.ts';
import { ownFields, purgedFields } from './ownFields.ts';

/** What people still have to do when the client is gone. */
export function remainingAfter(job: Job, otherFile: string | undefined, contents: VaultContents): readonly string[] {
  const { registration, removal, names } = job;
  const consumers = registration.spec.consumers.flatMap(
    (consumer) => kindOf(consumer).remainingAfter?.(consumer) ?? [],
  );
  return [
    ...consumers,
    // Without an entry of the client in the Deployment nothing has made new pods.
    ...(deliveryOf(names).frozen && editsAt(job.edits, 'deployment').length === 0
      ? [
          `pods of Authentik's worker keep ${deliveryOf(names).label} until they are next restarted; its value is refused everywhere`,
        ]
      : []),
    ...(names.clientIdVar === undefined || names.keptId !== undefined
      ? []
      : [
          `variable ${names.clientIdVar} of Authentik's worker, which held the client id, is people's and stays, with what fills it`,
        ]),
    ...(otherFile === undefined
      ? []
      : [
          `delete or change ${otherFile}: it still asks for client ${job.client}, in other words than this run took out`,
        ]),
    ...(purgedFields(contents, job).length > 0
      ? [`the vault keeps older versions, which hold the secret of ${names.clientId}; it is refused everywhere`]
      : removal?.purge !== true && ownFields(contents, job).inService !== undefined
        ? [
            `the vault keeps the secret as "${removal?.retiredLabel}": to delete it, run ${command('deregister', job.client, '--purge')}`,
          ]
        : []),
  ];
}

/** What no undo brings back, told before anything is changed: nothing that the run keeps. */
export function lostForGood(
  { installation }: Pick<Deps, 'installation'>,
  job: Job,
  { remove }: AccountsPlan,
  contents: VaultContents,
): readonly string[] {
  const { before, removal, names } = job;
  const ours = removal?.ours ?? { application: true, provider: true };
  const signsOut = (before.application && ours.application) || (before.provider && ours.provider);
  const lost = [
    ...(installation.authentik.undo === 'keep'
      ? []
      : [
          ...(signsOut ? [`sessions and tokens that Authentik application ${names.slug} gave`] : []),
          ...remove.map((candidate) => madeLabel(candidate)),
        ]),
    ...purgedFields(contents, job).map(({ label }) => `vault field ${label}`),
  ];
  return lost.length === 0 ? [] : [`past the point of no return these are gone for good: ${lost.join(', ')}`];
}
