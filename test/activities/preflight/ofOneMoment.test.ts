import { describe, expect, it } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { ofOneMoment } from '../../../activities/preflight/ofOneMoment.ts';
import { Problems } from '../../../activities/preflight/problems.ts';
import { refused } from '../../../core/base/errors.ts';

const inTheWay = refused('Authentik', 'an instance has the path already', 'Remove it.', 'Collision');

/** What looks find, whose target branch moves after each of the first `moves` looks. */
function looks(moves: number, refusals: number) {
  let [head, reads] = [0, 0];
  const git = { fetch: async () => undefined, head: async () => `commit ${head}` };
  const deps = { installation: { gitops: { branch: 'main' } }, git } as unknown as Deps;
  const look = async () => {
    const [target, problems] = [`commit ${head}`, new Problems()];
    reads += 1;
    if (reads <= refusals) problems.add(inTheWay);
    if (reads <= moves) head += 1;
    return { problems, target, answer: () => target };
  };
  return { answer: ofOneMoment(deps, look), reads: () => reads };
}

describe('what is refused', () => {
  it('is read again where the target branch has moved since it was read', async () => {
    const { answer, reads } = looks(1, 1);
    expect(await answer).toBe('commit 1');
    expect(reads()).toBe(2);
  });

  it('is refused at once where the branch is where it was', async () => {
    const { answer, reads } = looks(0, 1);
    await expect(answer).rejects.toBe(inTheWay);
    expect(reads()).toBe(1);
  });

  it('is refused in the end where the branch moves all the time', async () => {
    const { answer, reads } = looks(99, 99);
    await expect(answer).rejects.toBe(inTheWay);
    expect(reads()).toBe(3);
  });
});

it('what is allowed is read once, wherever the branch is by now', async () => {
  const { answer, reads } = looks(1, 0);
  expect(await answer).toBe('commit 0');
  expect(reads()).toBe(1);
});
