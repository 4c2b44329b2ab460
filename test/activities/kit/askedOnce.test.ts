import { describe, expect, it } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { askedOnce, atRest, inMotion } from '../../../activities/kit/askedOnce.ts';
import { Secret } from '../../../core/base/secret.ts';

/** Systems whose every answer is another one, by which a remembered answer is told. */
function counting(): Deps {
  let answers = 0;
  const answer = async () => (answers += 1);
  const git = { head: answer, readFile: answer, fetch: answer };
  return {
    git,
    vault: { read: answer },
    runs: { isOpen: answer },
    authentik: { group: answer, testSecret: answer },
    cluster: { get: answer },
    externalSecrets: { read: answer },
  } as unknown as Deps;
}

describe('systems that are asked once', () => {
  it('remember an answer by question and arguments', async () => {
    const { git, authentik } = askedOnce(counting());
    const first = await git.head('main');
    expect(await git.head('main')).toBe(first);
    expect(await git.head('other')).not.toBe(first);
    expect(await git.readFile('main', 'a')).not.toBe(await git.readFile('main', 'b'));
    expect(await authentik.group('a')).toBe(await authentik.group('a'));
  });

  it('forget what Git said where it is fetched again, and nothing else', async () => {
    const { git, vault } = askedOnce(counting());
    const [head, item] = [await git.head('main'), await vault.read()];
    await git.fetch();
    expect(await git.head('main')).not.toBe(head);
    expect(await vault.read()).toBe(item);
  });

  it('never take one secret for another, for all of them look the same when they are written', async () => {
    const { authentik } = askedOnce(counting());
    const one = await authentik.testSecret('zot', new Secret('one'));
    expect(await authentik.testSecret('zot', new Secret('other'))).not.toBe(one);
  });

  it('do not remember what moves', async () => {
    const { cluster } = askedOnce(counting());
    expect(await cluster.get({} as never)).not.toBe(await cluster.get({} as never));
  });

  it('remember of a cluster at rest each object, until it moves', async () => {
    const systems = counting();
    const still = atRest(systems);
    const [object, other] = [{ name: 'a' } as never, { name: 'b' } as never];
    const [first, secret] = [await still.cluster.get(object), await still.externalSecrets.read(object)];
    expect(await still.cluster.get(other)).not.toBe(first);
    expect([await still.cluster.get(object), await still.externalSecrets.read(object)]).toEqual([first, secret]);
    const moving = inMotion(still, systems);
    expect(await moving.cluster.get(object)).not.toBe(first);
    expect(await moving.externalSecrets.read(object)).not.toBe(secret);
    expect(await atRest(systems).cluster.get(object)).not.toBe(first);
  });
});
