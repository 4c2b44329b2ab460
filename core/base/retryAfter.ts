/** Nobody waits longer for a server's word: what has the time to answer in a day says so again. */
const LONGEST_MS = 24 * 60 * 60 * 1000;

/**
 * The header `Retry-After`, a whole number of seconds or a date (RFC 9110, section 10.2.3), in milliseconds from now: more than 0 and a
 * day at most. Undefined where it says nothing that can be waited for: Temporal's retries then go by their own policy. A date is by
 * the clock of whoever answers, so it is compared with `Date` of the same answer.
 */
export function retryAfterMs(headers: { get(name: string): string | null }): number | undefined {
  const text = headers.get('retry-after')?.trim() ?? '';
  return waitableMs(
    /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.parse(headers.get('date') ?? ''),
  );
}

/** A time that a server asked for, as far as it can be waited for. */
export function waitableMs(ms: number): number | undefined {
  return ms > 0 ? Math.min(ms, LONGEST_MS) : undefined;
}
