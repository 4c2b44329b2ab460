import { BINDING } from '../../core/edits/blueprint/blueprintSection.ts';
import type { Job } from '../../core/run/job.ts';
import type { ProviderState } from '../../integrations/authentik/authentik.ts';
import type { Deps } from '../deps.ts';
import { checkBlueprintName, missing, type ExistingObjects } from './authentik.ts';
import type { Problems } from './problems.ts';
import { oldSection } from '../authentik/oldBlueprint.ts';
import { isAsked } from '../authentik/valuesBefore.ts';

/** Whether the section that stands in the file is this client's, and Authentik holds its application and provider. */
export function isChange(job: Job, { application, byName }: ExistingObjects): boolean {
  const kindOf = (entry: string) => job.edits.find((edit) => edit.entry === entry)?.kind;
  const section = kindOf('configMap');
  const stands = ['externalSecret', 'deployment'].every((entry) => kindOf(entry) === 'alreadyThere');
  return (
    application !== undefined &&
    byName !== undefined &&
    (section === 'updated' || (section === 'alreadyThere' && stands))
  );
}

/**
 * A client that is registered is changed: what stands in Authentik under its names must be one application with one provider, and
 * nobody else's. What the change would leave there that nobody asks for is refused, for a blueprint only adds and updates.
 */
export async function checkChange(deps: Deps, job: Job, occupied: ExistingObjects, problems: Problems): Promise<void> {
  const { application, byName, byClientId } = occupied;
  const { names } = job;
  const collision = (message: string, remedy: string): void =>
    problems.add({ system: 'Authentik', kind: 'Collision', message, remedy });
  if (application !== undefined && application.provider !== (byName as ProviderState).pk)
    collision(
      `application "${names.slug}" is not linked to provider "${names.providerName}"`,
      'Link them in the admin interface, or choose another spec.slug.',
    );
  if (byClientId?.pk !== byName?.pk)
    collision(
      byClientId === undefined
        ? `provider "${names.providerName}" has client id "${byName?.clientId ?? ''}", not "${names.clientId}"`
        : `client id "${names.clientId}" belongs to provider "${byClientId.name}"`,
      'Client ids are never changed: put it back in the admin interface, or deregister the client and register it anew.',
    );
  checkAccounts(job, occupied, problems);
  await checkBlueprintName(deps, names.blueprintName, names.blueprintPath, collision);
  await checkBindings(deps, job, occupied, problems);
}

/**
 * A section that says what is asked for names every account; another one may get accounts that are somebody's. One that the job has
 * made for this client is not, though its entry of the section is gone.
 */
export function checkAccounts(job: Job, { users, madeUsers }: ExistingObjects, problems: Problems): void {
  const values = job.before.values?.users;
  if (values === undefined) return;
  const known = new Set([...values.map(({ username }) => username), ...madeUsers]);
  for (const username of users.filter((name) => !known.has(name)))
    problems.add({
      system: 'Authentik',
      kind: 'Collision',
      message: `user "${username}" exists; the blueprint would change it`,
      remedy: 'Choose another user name for the service account.',
    });
}

async function checkBindings(deps: Deps, job: Job, { application, instance }: ExistingObjects, problems: Problems) {
  const { values } = job.before;
  if (values === undefined || application === undefined) return;
  const rows = await deps.authentik.bindings(application.pk);
  // Of one that the old section names, too, the group may have been changed; what nobody named is somebody's, and would be taken over.
  const asked = new Set(job.wanted.bindings.map(({ order }) => order));
  const old = await oldSection(deps, job);
  const orders = new Set(
    (old?.entries ?? [])
      .filter(({ model, values: each }) => model === BINDING && asked.has(Number(each['order'])))
      .map(({ values: each }) => Number(each['order'])),
  );
  const strangers = rows.filter(
    (row) => !isAsked(row, job) && !values.bindingsToGo.includes(row.pk) && !orders.has(row.order),
  );
  for (const row of strangers)
    problems.add({
      system: 'Authentik',
      kind: 'Refused',
      message: `application "${job.names.slug}" has a binding at order ${row.order} that neither its blueprint nor the registration names`,
      remedy: 'Add its group to spec.access, or delete the binding in the admin interface, never the last one.',
    });
  if (values.bindingsToGo.length === 0) return;
  const { missingChange } = await deps.authentik.permissions(instance?.pk);
  if (missingChange !== undefined && missingChange.length > 0)
    await problems.collect(() => {
      throw missing('taking a group out of spec.access needs', missingChange);
    });
}
