import { type RegistrarError, refused } from '../../core/base/errors.ts';
import { movedEnds } from '../../core/authentik/movedEnds.ts';
import { sectionKind } from '../../core/changes/entry.ts';
import { ownSection, scopeFor } from '../../core/edits/blueprint/scopedSection.ts';
import { BINDING } from '../../core/edits/blueprint/models.ts';
import { type Job, changedBy } from '../../core/run/job.ts';
import { isAsked } from '../authentik/valuesBefore.ts';
import { boundTo, endOf } from '../state/authentikState.ts';
import { accountExists, collision, lackingToChange, missing } from './authentik.ts';
import type { ExistingObjects, Course, World } from './world.ts';

/** Whether the section that stands in the file is this client's, and Authentik holds its application and provider. */
function isChange(job: Job, { application, byName }: ExistingObjects): boolean {
  const section = sectionKind(job.edits);
  const stands = (['externalSecret', 'deployment'] as const).every((place) => !changedBy(job, place));
  return (
    application !== undefined &&
    byName !== undefined &&
    (section === 'updated' || (section === 'alreadyThere' && stands))
  );
}

/** A new client has nothing anywhere, unless all of it is there, made by hand in our words: then it is registered. */
export function courseOf(job: Job, occupied: ExistingObjects, repairs: boolean): Course {
  if (job.continued) return 'continued';
  if (repairs) return 'repair';
  const all = job.edits.length > 0 && job.edits.every((edit) => edit.kind === 'alreadyThere');
  if (!all && isChange(job, occupied)) return 'change';
  return all && occupied.byName !== undefined && occupied.application !== undefined ? 'registered' : 'new';
}

/**
 * A client that is registered is changed: what stands in Authentik under its names must be one application with one provider, and
 * nobody else's.
 */
export function notItsOwn({ names }: Pick<Job, 'names'>, occupied: ExistingObjects): readonly RegistrarError[] {
  const { application, byName, byClientId } = occupied;
  const found: RegistrarError[] = [];
  const foreign = (message: string, remedy: string): unknown => found.push(collision(message, remedy));
  if (application !== undefined && application.provider !== byName?.pk)
    foreign(
      `application "${names.slug}" is not linked to provider "${names.providerName}"`,
      'Link them in the admin interface, or choose another spec.slug.',
    );
  if (byClientId?.pk !== byName?.pk)
    foreign(
      byClientId === undefined
        ? `provider "${names.providerName}" has client id "${byName?.clientId ?? ''}", not "${names.clientId}"`
        : `client id "${names.clientId}" belongs to provider "${byClientId.name}"`,
      'Client ids are never changed: put it back in the admin interface, or deregister the client and register it anew.',
    );
  return found;
}

/**
 * A section that says what is asked for names every account; another one may get accounts that are somebody's. One that the job has
 * made for this client is not, though its entry of the section is gone.
 */
export function foreignAccounts({ before }: Pick<Job, 'before'>, found: ExistingObjects): readonly RegistrarError[] {
  const values = before.values?.users;
  if (values === undefined) return [];
  const known = new Set([...values.map(({ username }) => username), ...found.madeUsers]);
  return found.users.filter((username) => !known.has(username)).map(accountExists);
}

/** A blueprint leaves an end to the place of its binding: one would end the access of others, or be lost. */
export function othersEnds({ job, bindings = [] }: Pick<World, 'job' | 'bindings'>): readonly RegistrarError[] {
  const found = bindings.map((row) => ({ order: row.order, group: boundTo(row), until: endOf(row) }));
  return movedEnds(job.wanted.bindings, found).map(({ message, remedy }) => refused('Authentik', message, remedy));
}

type MayChange = Pick<World, 'job' | 'bindings' | 'sections' | 'permissions'>;

/** What the change would leave in Authentik that nobody asks for is refused, for a blueprint only adds and updates. */
export function foreignBindings({ job, bindings, sections, permissions }: MayChange): readonly RegistrarError[] {
  const { values } = job.before;
  if (values === undefined || bindings === undefined) return [];
  // Of one that the old section names, too, the group may have been changed; what nobody named is somebody's, and would be taken over.
  const asked = new Set(job.wanted.bindings.map(({ order }) => order));
  const orders = new Set(
    (ownSection(sections, scopeFor(job.names, job.registration))?.entries ?? [])
      .filter(({ model, values: each }) => model === BINDING && asked.has(Number(each['order'])))
      .map(({ values: each }) => Number(each['order'])),
  );
  const strangers = bindings.filter(
    (row) => !isAsked(row, job) && !values.bindingsToGo.includes(row.pk) && !orders.has(row.order),
  );
  const lacking = values.bindingsToGo.length === 0 ? [] : lackingToChange(permissions, 'policybinding');
  return [
    ...strangers.map((row) =>
      refused(
        'Authentik',
        `application "${job.names.slug}" has a binding at order ${row.order} that neither its blueprint nor the registration names`,
        'Add its group to spec.access, or delete the binding in the admin interface, never the last one.',
      ),
    ),
    ...(lacking.length === 0 ? [] : [missing('taking a group out of spec.access needs', lacking)]),
  ];
}
