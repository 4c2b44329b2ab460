import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Secret } from '../../core/base/secret.ts';
import type { ForgeOptions } from '../../integrations/forge/connection.ts';
import type { Forge } from '../../integrations/forge/forge.ts';
import { createGitea } from '../../integrations/forge/gitea.ts';
import { createGitHub } from '../../integrations/forge/github.ts';
import { Faults } from '../../sandbox/faults/faults.ts';
import { FORGE_REPOSITORY, startForge, type ForgeStandIn, type StandInForge } from '../../sandbox/forge/forge.ts';
import { BareRepository, createBareRepository } from '../../sandbox/git/git.ts';
import { parseFault } from '../../sandbox/faults/parseFault.ts';
import { temporaryFolder } from '../fixtures/clusters.ts';
import { errorOf, everythingOf } from '../fixtures/errors.ts';

const TOKEN = 'forge-token-4f1d9b7a60c2e358';
const BRANCH = 'oidc-registrar/zot-1a2b';
const request = { branch: BRANCH, title: 'Register zot', body: 'What it does.' };

const faults = new Faults();
const running: ForgeStandIn[] = [];
afterEach(async () => {
  faults.clear();
  await Promise.all(running.splice(0).map((each) => each.close()));
});

interface Bed {
  readonly forge: Forge;
  readonly server: ForgeStandIn;
  readonly repository: BareRepository;
}

function clientOf(kind: StandInForge, url: string, over: Partial<ForgeOptions> = {}): Forge {
  const options: ForgeOptions = {
    api: `${url}/api/${kind === 'github' ? 'v3' : 'v1'}`,
    repository: FORGE_REPOSITORY,
    target: 'main',
    token: new Secret(TOKEN),
    timeoutMs: 30_000,
    ...over,
  };
  return kind === 'github' ? createGitHub(options) : createGitea(options);
}

/** A repository with a branch that has one commit of its own, made once: each test has a copy. */
let original: string;
beforeAll(async () => {
  original = await mkdtemp(path.join(tmpdir(), 'registrar-test-'));
  const repository = await createBareRepository(original, { 'a.txt': 'a\n' });
  await repository.createBranch(BRANCH);
  await repository.commitAs('job', { 'b.txt': 'b\n' }, 'Add b', BRANCH);
});
afterAll(() => rm(original, { recursive: true, force: true }));

async function bed(kind: StandInForge, over: Partial<ForgeOptions> = {}): Promise<Bed> {
  const dir = path.join(await temporaryFolder(), 'r.git');
  await cp(original, dir, { recursive: true });
  const repository = new BareRepository(dir, 'main');
  const server = await startForge(kind, repository, TOKEN, faults);
  running.push(server);
  return { forge: clientOf(kind, server.url, over), server, repository };
}

describe.each(['github', 'gitea'] as const)('%s', (kind) => {
  const page = kind === 'github' ? 100 : 50;

  test('opens a pull request, and finds it again with its address', async () => {
    const { forge, server } = await bed(kind);
    expect(await forge.find(BRANCH)).toBeUndefined();
    const opened = await forge.open(request);
    const address = `${server.url}/platform/homelab/${kind === 'github' ? 'pull' : 'pulls'}/1`;
    expect(opened).toEqual({ number: 1, address, state: 'open' });
    expect(await forge.find(BRANCH)).toEqual(opened);
    expect(server.pulls.rows).toMatchObject([
      { title: 'Register zot', body: 'What it does.', head: BRANCH, base: 'main', from: FORGE_REPOSITORY },
    ]);
  });

  test('returns the one that is open already, also when the answer to its opening was lost', async () => {
    const { forge, server } = await bed(kind);
    faults.add(parseFault('forge:POST:/pulls$:loseAnswer:times=1'));
    expect(await errorOf(forge.open(request))).toMatchObject({ system: 'Forge', kind: 'Unavailable' });
    const again = await forge.open(request);
    expect(again).toMatchObject({ number: 1, state: 'open' });
    expect(await forge.open({ ...request, title: 'Another title' })).toEqual(again);
    expect(server.pulls.rows).toHaveLength(1);
  });

  test('does not give up where the list does not show yet what was opened', async () => {
    const { forge, server } = await bed(kind);
    await forge.open(request);
    faults.add({
      system: 'forge',
      method: 'GET',
      path: '/pulls\\?',
      times: 1,
      effect: { kind: 'error', status: 200, body: [] },
    });
    expect(await errorOf(forge.open(request))).toMatchObject({ kind: 'Conflict', retryable: true });
    expect(await forge.open(request)).toMatchObject({ number: 1 });
    expect(server.pulls.rows).toHaveLength(1);
  });

  test('opens another one where the first was closed, and the newest is found', async () => {
    const { forge, server } = await bed(kind);
    await forge.open(request);
    server.pulls.close(1);
    expect(await forge.find(BRANCH)).toMatchObject({ number: 1, state: 'closed' });
    expect(await forge.open(request)).toMatchObject({ number: 2, state: 'open' });
    expect(await forge.find(BRANCH)).toMatchObject({ number: 2, state: 'open' });
  });

  test.each(['merge', 'squash', 'rebase'] as const)(
    'sees that it was merged (%s), with its branch gone too',
    async (way) => {
      const { forge, server, repository } = await bed(kind);
      await forge.open(request);
      await server.pulls.merge(1, way, { deleteBranch: true });
      expect(await repository.branches()).toEqual(['main']);
      expect(await forge.find(BRANCH)).toMatchObject({ number: 1, state: 'merged' });
    },
  );

  test('sees one as closed whose branch somebody deleted', async () => {
    const { forge, repository } = await bed(kind);
    await forge.open(request);
    await repository.deleteBranch(BRANCH);
    expect(await forge.find(BRANCH)).toMatchObject({ number: 1, state: 'closed' });
  });

  test('takes neither forks, nor other targets, nor other branches for it', async () => {
    const { forge, server } = await bed(kind);
    server.pulls.add({ head: BRANCH, base: 'main', from: 'somebody/homelab' });
    server.pulls.add({ head: BRANCH, base: 'main', from: 'platform/homelab-fork' });
    server.pulls.add({ head: BRANCH, base: 'release', state: 'closed' });
    server.pulls.add({ head: `${BRANCH}-2`, base: 'main', state: 'closed' });
    expect(await forge.find(BRANCH)).toBeUndefined();
    const opened = await forge.open(request);
    expect(opened.number).toBe(5);
    server.pulls.add({ head: BRANCH, base: 'main', from: 'platform/homelab-fork' });
    expect(await forge.find(BRANCH)).toEqual(opened);
  });

  test('finds an old one behind pages of others', async () => {
    const { forge, server } = await bed(kind);
    const opened = await forge.open(request);
    // GitHub lists only those of the branch: here of forks of the same owner.
    for (let i = 0; i < 2 * page; i += 1)
      server.pulls.add({ head: BRANCH, base: 'main', from: 'platform/fork', state: 'closed' });
    expect(await forge.find(BRANCH)).toEqual(opened);
    const lists = server.requests.filter(({ method, path: at }) => method === 'GET' && at.endsWith('/pulls'));
    expect(lists).toHaveLength(3);
  });

  describe('closing', () => {
    test('says why, once, whatever answer is lost', async () => {
      const { forge, server } = await bed(kind);
      await forge.open(request);
      faults.add(parseFault('forge:POST:/comments$:loseAnswer:times=1'), parseFault('forge:PATCH::error=502:times=1'));
      const kinds = [];
      for (let i = 0; i < 2; i += 1) kinds.push((await errorOf(forge.close(1, 'Taken back.\n'))).kind);
      expect(kinds).toEqual(['Unavailable', 'Unavailable']);
      faults.add(parseFault('forge:PATCH::loseAnswer:times=1'));
      expect((await errorOf(forge.close(1, 'Taken back.\n'))).kind).toBe('Unavailable');
      await forge.close(1, 'Taken back.\n');
      expect(await forge.find(BRANCH)).toMatchObject({ state: 'closed' });
      expect(server.pulls.rows[0]?.comments.map(({ body }) => body)).toEqual(['Taken back.\n']);
    });

    test('finds its comment behind many of others', async () => {
      const { forge, server } = await bed(kind);
      await forge.open(request);
      const createdAt = new Date().toISOString();
      for (let i = 0; i < 150; i += 1) server.pulls.rows[0]?.comments.push({ body: `talk ${i}`, createdAt });
      // As a forge may keep it.
      server.pulls.rows[0]?.comments.push({ body: 'Taken back:\r\nno reason.', createdAt });
      await forge.close(1, 'Taken back:\nno reason.\n');
      expect(server.pulls.rows[0]?.comments).toHaveLength(151);
      expect(server.pulls.rows[0]?.state).toBe('closed');
    });

    test('leaves one that is closed or merged alone', async () => {
      const { forge, server } = await bed(kind);
      await forge.open(request);
      server.pulls.close(1);
      await forge.close(1, 'Taken back.');
      await forge.open(request);
      await server.pulls.merge(2, 'squash');
      await forge.close(2, 'Taken back.');
      expect(await forge.find(BRANCH)).toMatchObject({ number: 2, state: 'merged' });
      expect(server.pulls.rows.flatMap(({ comments }) => comments)).toEqual([]);
    });

    test('ends well where somebody merges at that moment', async () => {
      const { forge, server } = await bed(kind);
      await forge.open(request);
      const merging = server.pulls;
      // Between the comment and the closing.
      const comments = merging.rows[0]?.comments;
      if (comments === undefined) throw new Error('no pull request');
      const { push } = comments;
      comments.push = (...added) => {
        const row = merging.rows[0];
        if (row !== undefined) Object.assign(row, { state: 'closed', mergedAt: new Date().toISOString() });
        return push.apply(comments, added);
      };
      await forge.close(1, 'Taken back.');
      expect(await forge.find(BRANCH)).toMatchObject({ state: 'merged' });
    });

    test('of one that is not there is an error', async () => {
      const { forge } = await bed(kind);
      expect(await errorOf(forge.close(7, 'Taken back.'))).toMatchObject({ kind: 'NotFound', status: 404 });
    });
  });

  describe('an error', () => {
    test('of a branch that the forge does not know says so', async () => {
      const { forge } = await bed(kind);
      const error = await errorOf(forge.open({ ...request, branch: 'nowhere' }));
      expect(error.kind).toBe(kind === 'github' ? 'Refused' : 'NotFound');
      expect(error.message).toMatch(kind === 'github' ? /422: Validation Failed; head is invalid/ : /404: The target/);
    });

    test('of a token tells a wrong one, one that may not write, and one that may not see', async () => {
      const { server } = await bed(kind);
      server.tokens.set('reader', { sees: true, writes: false });
      server.tokens.set('stranger', { sees: false, writes: false });
      const as = (token: string): Forge => clientOf(kind, server.url, { token: new Secret(token) });
      const wrong = await errorOf(as('wrong').find(BRANCH));
      expect(wrong).toMatchObject({ system: 'Forge', kind: 'Unauthorized', status: 401 });
      const reader = await errorOf(as('reader').open(request));
      expect(reader).toMatchObject({ kind: 'Unauthorized', status: 403 });
      expect(reader.remedy).toContain(FORGE_REPOSITORY);
      const stranger = await errorOf(as('stranger').find(BRANCH));
      expect(stranger).toMatchObject({ kind: 'NotFound', status: 404 });
      expect(stranger.remedy).toContain('FORGE_TOKEN may see it');
    });

    test.each([
      ['primary', 100_000, 121_000],
      ['secondary', 30_000, 30_000],
      ['silent', 30_000, 60_000],
    ])('of a %s limit says when to come back', async (how, least, most) => {
      const { forge } = await bed(kind);
      faults.add(parseFault(`forge:rateLimit=${how}:times=1`));
      const error = await errorOf(forge.find(BRANCH));
      expect(error).toMatchObject({ kind: 'RateLimited', retryable: true });
      expect(error.retryAfterMs).toBeGreaterThanOrEqual(kind === 'gitea' ? 30_000 : least);
      expect(error.retryAfterMs).toBeLessThanOrEqual(most);
      expect(await forge.find(BRANCH)).toBeUndefined();
    });

    test.each([
      [500, 'Unavailable'],
      [503, 'Unavailable'],
      [408, 'Unavailable'],
      [400, 'Refused'],
      [423, 'Refused'],
    ])('of status %i is %s', async (status, meaning) => {
      const { forge } = await bed(kind);
      faults.add(parseFault(`forge:error=${status}`));
      expect(await errorOf(forge.find(BRANCH))).toMatchObject({ kind: meaning, status });
    });

    test('of a redirect names the place, without what follows it, and does not go there', async () => {
      const { forge, server } = await bed(kind);
      const location = `https://user:sesame@login.example/in?next=sesame#sesame`;
      faults.add({ system: 'forge', times: 1, effect: { kind: 'error', status: 302, headers: { location } } });
      const error = await errorOf(forge.open(request));
      expect(error).toMatchObject({ kind: 'Refused', status: 302 });
      expect(error.message).toContain('https://login.example/in');
      expect(error.remedy).toContain('gitops.pullRequest');
      expect(everythingOf(error)).not.toContain('sesame');
      expect(server.requests).toEqual([]);
    });

    test.each([
      ['a page', '<html>Log in</html>'],
      ['an object in place of a list', { number: 1 }],
      ['rows of another kind', [{ head: {}, base: {} }, null]],
    ])('of an answer that is %s is not taken for an answer', async (_, body) => {
      const { forge } = await bed(kind);
      faults.add({ system: 'forge', effect: { kind: 'error', status: 200, body } });
      expect(await errorOf(forge.open(request))).toMatchObject({ kind: 'Unavailable' });
      expect(await errorOf(forge.find(BRANCH))).toMatchObject({ kind: 'Unavailable' });
    });

    test('of silence comes in time', async () => {
      const { forge } = await bed(kind, { timeoutMs: 100 });
      faults.add(parseFault('forge:hang'));
      const error = await errorOf(forge.find(BRANCH));
      expect(error).toMatchObject({ kind: 'Unavailable', retryable: true });
      expect(error.message).toContain('no answer in time');
    });

    test('of a forge that is down tells the reason, not the address', async () => {
      const { forge, server } = await bed(kind);
      await server.close();
      const error = await errorOf(forge.find(BRANCH));
      expect(error.kind).toBe('Unavailable');
      expect(error.message).toContain('ECONNREFUSED');
    });

    test('shows the token nowhere, even where the forge repeats it', async () => {
      const { forge, server } = await bed(kind);
      const errors = [];
      faults.add({
        system: 'forge',
        times: 1,
        effect: { kind: 'error', status: 422, body: { message: `no, ${TOKEN}` } },
      });
      errors.push(await errorOf(forge.open(request)));
      faults.add({ system: 'forge', times: 1, effect: { kind: 'error', status: 500, body: `<pre>${TOKEN}</pre>` } });
      errors.push(await errorOf(forge.find(BRANCH)));
      faults.add(parseFault('forge:loseAnswer:times=1'));
      errors.push(await errorOf(forge.close(1, 'Taken back.')));
      await server.close();
      errors.push(await errorOf(forge.find(BRANCH)));
      for (const error of errors) {
        expect(everythingOf(error)).not.toContain(TOKEN);
        expect(error.cause).toBeUndefined();
      }
    });
  });
});

test('GitHub marks as merged what was pushed to the target; Gitea leaves it open', async () => {
  for (const [kind, state] of [
    ['github', 'merged'],
    ['gitea', 'open'],
  ] as const) {
    const { forge, repository } = await bed(kind);
    await forge.open(request);
    await repository.merge(BRANCH, 'merge');
    expect(await forge.find(BRANCH)).toMatchObject({ state });
  }
});

test('an owner and a name are put into the path as they are meant', async () => {
  for (const kind of ['github', 'gitea'] as const) {
    const { server } = await bed(kind);
    const odd = clientOf(kind, server.url, { repository: 'a?b/c#d' });
    expect(await errorOf(odd.find(BRANCH))).toMatchObject({ kind: 'NotFound' });
    expect(server.requests.at(-1)?.path).toMatch(/\/repos\/a%3Fb\/c%23d\/pulls$/);
  }
});
