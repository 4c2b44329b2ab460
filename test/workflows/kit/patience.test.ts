import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { StableFor } from '../../../activities/kit/patience.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('counts what stands unchanged for so long, and begins anew with something else or with nothing', () => {
  const failing = new StableFor();
  const look = (what: string | undefined, afterMs: number): boolean => {
    vi.advanceTimersByTime(afterMs);
    return failing.lasts(what, 1_000);
  };

  expect(look('no key a', 0)).toBe(false);
  expect(look('no key a', 999)).toBe(false);
  expect(look('no key b', 1)).toBe(false);
  expect(look('no key b', 999)).toBe(false);
  expect(look(undefined, 1)).toBe(false);
  expect(look('no key b', 0)).toBe(false);
  expect(look('no key b', 1_000)).toBe(true);
});

it('counts at once where nobody else deploys', () => {
  expect(new StableFor().lasts('no key a', 0)).toBe(true);
});
