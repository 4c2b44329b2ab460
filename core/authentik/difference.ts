/** One thing that is not as asked. */
export interface Difference {
  readonly what: string;
  readonly expected?: string;
  readonly found?: string;
  /** Somebody may sign in, or do, what was never asked for. */
  readonly alarm?: true;
  /** What a person must do: applying the blueprint again does not mend it, for it only adds and updates what it names. */
  readonly byHand?: string;
}

/** The difference where a value is another one than asked for. */
export function valueOf(what: string, wanted: unknown, found: unknown, byHand?: string): Difference {
  const expected = JSON.stringify(wanted);
  const there = found === undefined ? 'not told by Authentik' : JSON.stringify(found);
  return {
    what: `${what} is ${there}, not ${expected}`,
    expected,
    found: there,
    ...(byHand === undefined ? {} : { byHand }),
  };
}

/** How a set differs from the one that is asked for. `ofTooMany` goes along with what is there beyond what is asked for. */
export function compareSet(
  what: string,
  wanted: readonly string[],
  found: readonly string[] | undefined,
  ofTooMany: Pick<Difference, 'byHand'> = {},
): readonly Difference[] {
  if (found === undefined) return [{ what: `${what} are not told by Authentik`, expected: wanted.join(', ') }];
  const missing = wanted.filter((entry) => !found.includes(entry));
  const extra = found.filter((entry) => !wanted.includes(entry));
  const both = { expected: wanted.join(', '), found: found.join(', ') };
  return [
    ...(missing.length > 0 ? [{ what: `${what} lack ${missing.join(', ')}`, ...both }] : []),
    ...(extra.length > 0 ? [{ what: `${what} also hold ${extra.join(', ')}`, ...both, ...ofTooMany }] : []),
    ...(missing.length + extra.length === 0 && wanted.length !== found.length
      ? [{ what: `${what} hold duplicates`, ...both, ...ofTooMany }]
      : []),
  ];
}
