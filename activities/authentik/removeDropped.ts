import type { Job } from '../../core/run/job.ts';
import type { MadeRow } from '../../integrations/authentik/authentik.ts';
import type { Deps } from '../deps.ts';
import { sharedGroups } from './sharedGroups.ts';
import { removeFormerSecrets } from './formerSecrets.ts';
import { Remover } from './remover.ts';
import { targetHead } from '../branch/runBranch.ts';
import { UndoJournal } from '../kit/undoJournal.ts';

/**
 * Past the point of no return: deletes the groups, service accounts and secrets that the registration no longer asks for, where its own runs
 * made them and nobody else uses them. A deleted one could not be made again with its tokens and members. Returns what stays,
 * as sentences.
 */
export async function removeDropped(deps: Deps, job: Job): Promise<readonly string[]> {
  const { values, older } = job.before;
  if (values === undefined) return [];
  const { groups, users } = values.dropped;
  const ours = (row: MadeRow, name: string, before: readonly string[] | undefined): boolean =>
    row.madeFor === job.client && before?.includes(name) !== true;
  const may = deps.installation.authentik.undo === 'delete';
  const why = may
    ? 'is no longer asked for; it stays, for it is not known to be made by this job'
    : 'is no longer asked for; it stays, for registrar.yaml says authentik.undo: keep';
  const remover = new Remover(deps, new UndoJournal());
  const left: string[] = [];
  const rows = await Promise.all(users.map((username) => deps.authentik.user(username)));
  const own = new Set(rows.filter((row) => row !== undefined).map((row) => String(row.pk)));
  const shared = groups.length === 0 ? [] : await sharedGroups(deps, { ...job, base: await targetHead(deps) }, groups);
  for (const name of groups) {
    const group = await deps.authentik.group(name);
    if (group === undefined) continue;
    if (shared.includes(name))
      left.push(
        `Authentik group ${name} is no longer asked for; it stays, for another registration or blueprint names it`,
      );
    else if (!may || !ours(group, name, older?.groups)) left.push(`Authentik group ${name} ${why}`);
    else
      await remover.remove({
        kind: 'group',
        name,
        id: group.pk,
        expected: (row) => row.model === 'user' && own.has(row.pk),
      });
  }
  for (const user of rows) {
    if (user === undefined) continue;
    const { pk, username } = user;
    if (!may || !ours(user, username, older?.users)) left.push(`Authentik service account ${username} ${why}`);
    else {
      const groupsOf = new Set(user.groups);
      await remover.remove({
        kind: 'service account',
        name: username,
        id: pk,
        expected: (row) => row.model === 'group' && groupsOf.has(row.pk),
      });
    }
  }
  await removeFormerSecrets(deps, job, remover);
  return [
    ...left,
    ...remover.kept.map(({ what, why: reason }) => `${what} is no longer asked for; it stays: ${reason}`),
  ];
}
