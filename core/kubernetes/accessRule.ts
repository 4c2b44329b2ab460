/** One thing that the worker's identity must be allowed in a cluster, as a SelfSubjectAccessReview asks it. */
export interface AccessRule {
  /** By its name in registrar.yaml. */
  readonly cluster: string;
  /** Absent for a kind without one. */
  readonly namespace?: string;
  readonly verb: string;
  /** API group; empty for the core one. */
  readonly group: string;
  /** Plural, as `configmaps`. */
  readonly resource: string;
  /** Absent where the rule cannot name one: lists, and what is yet to be made. */
  readonly name?: string;
  /** Which runs need it, where not all do. */
  readonly onlyFor?: string;
  /** Whose consumer needs it, where no other run does. */
  readonly client?: string;
}

export type Place = Pick<AccessRule, 'cluster' | 'namespace'>;

/** A rule for each verb of one object; none where its name is not known. */
export function allowing(place: Place, verbs: string, of: string, name: string | undefined): readonly AccessRule[] {
  if (name === undefined) return [];
  return verbs.split(' ').map((verb) => ({ ...place, verb, ...kindOf(of), name }));
}

/** A rule that names no object. */
export function anyOf(place: Place, verb: string, of: string): AccessRule {
  return { ...place, verb, ...kindOf(of) };
}

/** `deployments.apps`, as kubectl writes it. */
function kindOf(of: string): Pick<AccessRule, 'group' | 'resource'> {
  const dot = of.indexOf('.');
  return dot < 0 ? { group: '', resource: of } : { group: of.slice(dot + 1), resource: of.slice(0, dot) };
}

/** What a rule allows, for people: `patch deployments.apps authentik-worker in namespace identity`. */
export function describeRule({ verb, group, resource, name, namespace }: AccessRule): string {
  return [
    verb,
    group === '' ? resource : `${resource}.${group}`,
    ...(name === undefined ? [] : [name]),
    ...(namespace === undefined ? [] : [`in namespace ${namespace}`]),
  ].join(' ');
}
