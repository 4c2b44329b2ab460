import type { WantedState } from '../authentik/wantedState.ts';

/** Whom an application lets in: members of any of its groups, or only who is in all of them. */
export interface Admission {
  readonly mode: string | undefined;
  /** Names of the groups that are bound; whoever has no name that a registration can say is "". None: every user. */
  readonly groups: readonly string[];
}

/** Whom an application will let in that is as asked. */
export function admissionOf({ application, bindings }: WantedState): Admission {
  return { mode: application.policyEngineMode, groups: bindings.map(({ group }) => group) };
}

/** Whether somebody gets in who so far lacked one of several groups that all were asked for. Pure. */
export function widens(before: Admission, after: Admission): boolean {
  if (before.mode !== 'all' || before.groups.length < 2) return false;
  return after.mode !== 'all' || !before.groups.every((group) => after.groups.includes(group));
}

/** A sentence for people where a change {@link widens} who may sign in. */
export function wideningWarning(slug: string, before: Admission, after: Admission): readonly string[] {
  if (!widens(before, after)) return [];
  return [`widens who may sign in to application ${slug}: so far ${whoOf(before)}, then ${whoOf(after)}`];
}

function whoOf({ mode, groups }: Admission): string {
  if (groups.length === 0) return 'every user';
  const nameless = groups.filter((group) => group === '').length;
  const all = [
    ...groups.filter((group) => group !== ''),
    ...(nameless === 0 ? [] : [nameless === 1 ? 'a binding to no group' : `${nameless} bindings to no group`]),
  ];
  if (groups.length === 1) return nameless === 1 ? 'whom a binding to no group lets in' : `who is in ${all.join()}`;
  const list = all.join(', ');
  return mode === 'all' ? `only who is in every one of ${list}` : `who is in any of ${list}`;
}
