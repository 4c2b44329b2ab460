/** What a registration asks for and the policy does not allow. */
export interface Breach {
  /** Where it stands in the registration, as `spec.files.0.path`. */
  readonly field: string;
  readonly message: string;
  /** The lines of `registrar.yaml` that would allow it; undefined where nothing does. */
  readonly allow?: string;
}

/** A value that no pattern of a list matches. `kept`: of a list that is not empty by default, what it allows already. */
export function listBreach(
  field: string,
  what: string,
  key: string,
  value: string,
  kept: readonly string[] = [],
): Breach {
  const allow = nested(key, JSON.stringify([...kept, value]));
  return { field, message: `${what} is not allowed by policy.${key}`, allow };
}

/** `ansible.roles` and a value as the lines below `policy:`. */
export function nested(key: string, value: string): string {
  const [outer = '', inner] = key.split('.');
  return inner === undefined ? `${outer}: ${value}` : `${outer}: {${inner}: ${value}}`;
}

/** The lines for `registrar.yaml`, in flow style so that they stand in one sentence. */
export function allowLine({ allow }: Breach): string | undefined {
  return allow === undefined ? undefined : `policy: {${allow}}`;
}
