import type { Job } from './job.ts';
import type { Leftover } from './reports.ts';

/** What a blueprint makes, in the words of Authentik's admin interface. */
export type MadeKind =
  | 'blueprint instance'
  | 'application'
  | 'policy binding'
  | 'provider'
  | 'secret'
  | 'group'
  | 'service account';

/** How a person deletes one by hand, in the order in which they must go: without its bindings an application is open to everyone. */
export const BY_HAND: Readonly<Record<MadeKind, string>> = {
  'blueprint instance': 'Delete it in the admin interface, Customization > Blueprints.',
  application: 'Delete it before all that follows here, Applications > Applications; its bindings go with it.',
  'policy binding':
    'It goes with its application. Do not delete it before: the application may be open to everyone then.',
  provider: 'Delete it after its application, Applications > Providers.',
  secret: 'Delete it after the provider that refers to it, where the admin interface lists secrets.',
  group: 'Delete it after the application, Directory > Groups, if no other application binds it.',
  'service account': 'Delete it after the application, Directory > Users, if nobody uses it.',
};

export interface Made {
  readonly kind: MadeKind;
  readonly name: string;
}

/** One object by kind, name and, where it is known, Authentik's key. */
export function madeLabel({ kind, name }: Made, id?: string | number): string {
  return `Authentik ${kind} ${name}${id === undefined ? '' : ` (id ${id})`}`;
}

/** What the blueprint of a job makes that was not there before, by name, in the order in which it is taken back. Pure. */
export function madeInAuthentik({ before, names, registration, secretObject }: Job): readonly Made[] {
  const { access, groups } = registration.spec;
  const accounts = groups.flatMap((group) => group.serviceAccounts.map((account) => account.username));
  const is = (kind: MadeKind, list: readonly string[]): readonly Made[] => list.map((name) => ({ kind, name }));
  const absent = (there: boolean): boolean => !before.known || !there;
  const missing = (list: readonly string[], there: readonly string[]): readonly string[] =>
    list.filter((name) => absent(there.includes(name)));
  return [
    ...is('blueprint instance', absent(before.instance) ? [names.blueprintPath] : []),
    ...is('application', absent(before.application) ? [names.slug] : []),
    ...is(
      'policy binding',
      absent(before.application) && 'groups' in access
        ? access.groups.map((group, order) => bindingName(order, names.slug, `group ${group}`))
        : [],
    ),
    ...is('provider', absent(before.provider) ? [names.providerName] : []),
    ...is('secret', absent(before.provider) && secretObject?.name !== undefined ? [secretObject.name] : []),
    ...is(
      'group',
      missing(
        groups.map((group) => group.name),
        before.groups,
      ),
    ),
    ...is('service account', missing(accounts, before.users)),
  ];
}

export function bindingName(order: number, slug: string, to: string): string {
  return `${order} of application ${slug} to ${to}`;
}

/** What a job made in Authentik as leftovers that may be there, where Authentik could not be asked. */
export function mayRemain(job: Job, why: string): readonly Leftover[] {
  return madeInAuthentik(job).map((made) => ({
    what: `${madeLabel(made)}, if it was made`,
    why,
    remedy: BY_HAND[made.kind],
  }));
}
