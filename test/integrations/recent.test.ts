import { expect, it } from 'vitest';
import { Recent } from '../../integrations/git/recent.ts';

it('keeps what was used of late, up to its limit, and asks again for the rest', async () => {
  const asked: string[] = [];
  const recent = new Recent<string>(6, (value) => value.length);
  const get = (key: string): Promise<string> =>
    recent.get(key, async () => {
      asked.push(key);
      return `${key}${key}`;
    });

  for (const key of ['a', 'b', 'c', 'a', 'd', 'a', 'b']) expect(await get(key)).toBe(`${key}${key}`);

  // "b" was used longest ago when "d" came; "a" never was.
  expect(asked).toEqual(['a', 'b', 'c', 'd', 'b']);
});

it('keeps no failure', async () => {
  const recent = new Recent<string>(6, () => 1);
  await expect(recent.get('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  await expect(recent.get('a', async () => 'back')).resolves.toBe('back');
});
