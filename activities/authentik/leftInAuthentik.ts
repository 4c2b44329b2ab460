import { BY_HAND, bindingName, madeLabel, type Made, type MadeKind } from '../../core/run/madeObjects.ts';
import { type Job, changedBy, updatedBy } from '../../core/run/job.ts';
import { isOfOthersToo, namesBySection } from '../../core/run/sectionOfJob.ts';
import type { Leftover } from '../../core/run/reports.ts';
import type { BindingRow } from '../../integrations/authentik/authentik.ts';
import type { Deps } from '../deps.ts';
import { boundTo } from '../state/authentikState.ts';
import { secretsMade } from './removeSecrets.ts';
import { hasStoodOnTarget } from '../branch/landed.ts';
import { commitOfStep, readRunBranch } from '../branch/runBranch.ts';

/**
 * Whether the blueprint may have reached a worker by this run. Where it has not, an object of one of our names was made by
 * somebody else in the meantime and is not ours to delete. A section that stood in the ConfigMap before is not ours either.
 */
export async function madeByUs(deps: Deps, job: Job): Promise<boolean> {
  if (!changedBy(job, 'configMap')) return false;
  const branch = await readRunBranch(deps, job);
  if (commitOfStep(branch, 'syncBlueprint') !== undefined) return true;
  if (await hasStoodOnTarget(deps, job)) return true;
  // The instance of a client that is changed was there before, and so was that of a section which it joins.
  if (updatedBy(job, 'configMap') || isOfOthersToo(job)) return false;
  return (await deps.authentik.instancesByPath(job.names.blueprintPath)).length > 0;
}

/** Lists every object that this run may have made and Authentik still holds, for an undo that leaves them. */
export async function leftInAuthentik(deps: Deps, job: Job, why: string): Promise<readonly Leftover[]> {
  return (await madeByUs(deps, job)) ? listMade(deps, job, why) : [];
}

/**
 * One entry an object, by kind, name and id, with what a person does about it. Where the state before is not known all objects
 * of our names are listed, for a person to tell.
 */
export async function listMade(deps: Deps, job: Job, why: string): Promise<readonly Leftover[]> {
  return (await readMade(deps, job)).map(({ id, ...made }) => ({
    what: madeLabel(made, id),
    why,
    remedy: BY_HAND[made.kind],
  }));
}

interface FoundObject extends Made {
  readonly id: string | number;
}

async function readMade(deps: Deps, job: Job): Promise<readonly FoundObject[]> {
  const { authentik } = deps;
  const { before, names, registration } = job;
  const { groups } = registration.spec;
  const absent = (there: boolean): boolean => !before.known || !there;
  const found: FoundObject[] = [];
  const add = (kind: MadeKind, name: string, id: string | number): number => found.push({ kind, name, id });
  if (absent(before.instance) && !isOfOthersToo(job))
    for (const { blueprintPath } of namesBySection(names))
      for (const row of await authentik.instancesByPath(blueprintPath)) add('blueprint instance', row.path, row.pk);
  const application = absent(before.application) ? await authentik.application(names.slug) : undefined;
  if (application !== undefined) {
    add('application', application.slug, application.pk);
    for (const row of await authentik.bindings(application.pk))
      add('policy binding', nameOfBinding(row, application.slug), row.pk);
  }
  const provider = absent(before.provider) ? await authentik.providerByName(names.providerName) : undefined;
  if (provider !== undefined) add('provider', provider.name, provider.pk);
  for (const secret of await secretsMade(deps, job)) add('secret', secret.name, secret.pk);
  for (const { name } of groups) {
    const group = absent(before.groups.includes(name)) ? await authentik.group(name) : undefined;
    if (group !== undefined) add('group', name, group.pk);
  }
  for (const { username } of groups.flatMap((group) => group.serviceAccounts)) {
    const user = absent(before.users.includes(username)) ? await authentik.user(username) : undefined;
    if (user !== undefined) add('service account', username, user.pk);
  }
  return found;
}

export function nameOfBinding(row: BindingRow, slug: string): string {
  return bindingName(row.order, slug, row.group === null ? boundTo(row) : `group ${row.group.name}`);
}
