/**
 * The header `Retry-After`, seconds or a date (RFC 9110, section 10.2.3), in milliseconds from now; undefined where it says nothing. A
 * date is by the clock of whoever answers, so it is compared with `Date` of the same answer.
 */
export function retryAfterMs(headers: { get(name: string): string | null }): number | undefined {
  const header = headers.get('retry-after');
  if (header === null) return undefined;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.parse(headers.get('date') ?? '');
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}
