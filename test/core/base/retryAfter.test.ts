import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../../core/base/retryAfter.ts';
import { RegistrarError } from '../../../core/base/errors.ts';
import { toFailure } from '../../../worker/interceptors.ts';

const DAY_MS = 86_400_000;
const NOW = 'Sun, 29 Nov 2026 12:00:00 GMT';

describe('Retry-After', () => {
  it.each([
    ['2', 2_000],
    [' 30 ', 30_000],
    ['99999999999999999999999', DAY_MS],
    ['Fri, 31 Dec 9999 23:59:59 GMT', DAY_MS],
    ['Thu, 01 Jan 1970 00:00:00 GMT', undefined],
    ['0', undefined],
    ['-1', undefined],
    ['1e300', undefined],
    ['Infinity', undefined],
    ['NaN', undefined],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('%s', (header, expected) => {
    const headers = new Headers({ date: NOW, ...(header === null ? {} : { 'retry-after': header }) });
    expect(retryAfterMs(headers)).toBe(expected);
  });

  it('a date is compared with that of the answer, and says nothing without it', () => {
    const date = { 'retry-after': 'Sun, 29 Nov 2026 12:01:00 GMT' };
    expect(retryAfterMs(new Headers({ ...date, date: NOW }))).toBe(60_000);
    expect(retryAfterMs(new Headers(date))).toBeUndefined();
  });
});

it.each([Infinity, -Infinity, Number.NaN, 0, -1, 1e300, Number.MAX_SAFE_INTEGER])(
  'an error with a delay of %d becomes a failure all the same',
  (retryAfter) => {
    const error = new RegistrarError({
      system: 'Authentik',
      kind: 'Unavailable',
      message: 'm',
      remedy: 'r',
      retryAfterMs: retryAfter,
    });
    const failure = toFailure(error) as { readonly nextRetryDelay?: number };
    expect(failure).toMatchObject({ type: 'Unavailable' });
    expect([undefined, DAY_MS]).toContain(failure.nextRetryDelay);
  },
);
