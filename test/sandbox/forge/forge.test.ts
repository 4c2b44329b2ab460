import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Faults } from '../../../sandbox/faults/faults.ts';
import { FORGE_REPOSITORY, startForge, type StandInForge } from '../../../sandbox/forge/forge.ts';
import { createBareRepository } from '../../../sandbox/git/git.ts';
import { sampleLayout } from '../../../sandbox/world/layout.ts';
import { World } from '../../../sandbox/world/world.ts';
import { loadWorkerConfig } from '../../../worker/config.ts';
import { openForge } from '../../../worker/openForge.ts';
import { temporaryFolder } from '../../fixtures/clusters.ts';

const TOKEN = 'token-of-the-job';

/** What differs from a plain success is written down here as the forges document it. */
async function standIn(kind: StandInForge) {
  const repository = await createBareRepository(path.join(await temporaryFolder(), 'r.git'), { 'a.txt': 'a\n' });
  await repository.createBranch('x');
  const server = await startForge(kind, repository, TOKEN, new Faults());
  onTestFinished(() => server.close());
  const root = `${server.url}/api/${kind === 'github' ? 'v3' : 'v1'}/repos/${FORGE_REPOSITORY}`;
  const ask = async (method: string, at: string, body?: unknown, token = TOKEN) => {
    const response = await fetch(`${root}${at}`, {
      method,
      headers: { authorization: `token ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const link = response.headers.get('link');
    return { status: response.status, link, body: (await response.json()) as Record<string, unknown> };
  };
  const commit = () => repository.commitAs('job', { 'b.txt': 'b\n' }, 'Add b', 'x');
  return {
    server,
    repository,
    ask,
    commit,
    open: () => ask('POST', '/pulls', { title: 'X', head: 'x', base: 'main' }),
  };
}

describe('the stand-in of GitHub', () => {
  test('validates a new pull request in its own words', async () => {
    const { ask, commit, open } = await standIn('github');
    const errors = async (answer: Promise<{ status: number; body: Record<string, unknown> }>) => {
      const { status, body } = await answer;
      return [status, body['message'], body['errors']];
    };
    const custom = (message: string) => [{ resource: 'PullRequest', code: 'custom', message }];
    expect(await errors(open())).toEqual([422, 'Validation Failed', custom('No commits between the two branches')]);
    await commit();
    expect(await open()).toMatchObject({ status: 201, body: { number: 1, state: 'open', merged: false } });
    expect(await errors(open())).toEqual([
      422,
      'Validation Failed',
      custom('A pull request already exists for platform:x.'),
    ]);
    for (const field of ['head', 'base'])
      expect(await errors(ask('POST', '/pulls', { title: 'X', head: 'x', base: 'main', [field]: 'none' }))).toEqual([
        422,
        'Validation Failed',
        [{ resource: 'PullRequest', field, code: 'invalid' }],
      ]);
  });

  test('lists everything where head names no owner, without `merged`, in pages', async () => {
    const { server, ask } = await standIn('github');
    for (let i = 0; i < 3; i += 1) server.pulls.add({ head: `b${i}`, base: 'main', from: 'other/homelab' });
    expect((await ask('GET', '/pulls?head=b1')).body).toHaveLength(3);
    expect((await ask('GET', '/pulls?head=platform:b1')).body).toHaveLength(0);
    const first = await ask('GET', '/pulls?head=other:b1');
    expect(first.body).toMatchObject([{ number: 2, merged_at: null }]);
    expect(JSON.stringify(first.body)).not.toContain('"merged"');
    const page = await ask('GET', '/pulls?per_page=2');
    expect(page.body).toMatchObject([{ number: 3 }, { number: 2 }]);
    expect(page.link).toContain('page=2>; rel="next"');
    const last = await ask('GET', '/pulls?per_page=2&page=2');
    expect([last.body, last.link]).toMatchObject([[{ number: 1 }], null]);
  });

  test('leaves a merged one merged when it is closed', async () => {
    const { server, ask, commit, open } = await standIn('github');
    await commit();
    await open();
    await server.pulls.merge(1, 'squash');
    const closed = await ask('PATCH', '/pulls/1', { state: 'closed' });
    expect(closed).toMatchObject({ status: 200, body: { state: 'closed', merged: true } });
  });
});

describe('the stand-in of Gitea', () => {
  test('takes an empty one, refuses a second, and knows no branch that is not there', async () => {
    const { ask, open } = await standIn('gitea');
    expect(await open()).toMatchObject({ status: 201, body: { number: 1, head: { label: 'x', ref: 'x' } } });
    const again = await open();
    expect(again.status).toBe(409);
    expect(again.body['message']).toMatch(/^pull request already exists for these targets \[.*head_branch: x/);
    expect((await ask('POST', '/pulls', { title: 'X', head: 'none', base: 'main' })).status).toBe(404);
  });

  test('keeps the name of a branch that is gone in its label only, and does not reopen or close what is merged', async () => {
    const { server, ask, commit, open } = await standIn('gitea');
    await commit();
    await open();
    await server.pulls.merge(1, 'rebase', { deleteBranch: true });
    expect((await ask('GET', '/pulls/1')).body).toMatchObject({
      state: 'closed',
      merged: true,
      head: { label: 'x', ref: 'refs/pull/1/head', repo_id: 11 },
    });
    expect(await ask('PATCH', '/pulls/1', { state: 'closed' })).toMatchObject({ status: 412 });
  });
});

test.each(['github', 'gitea'] as const)('a world on %s gives its worker a forge that works', async (forge) => {
  const dir = path.join(await temporaryFolder(), 'world');
  const world = await World.start({ layout: await sampleLayout('manual'), dir, forge });
  onTestFinished(() => world.destroy());
  const { installation, forgeToken } = loadWorkerConfig(world.workerEnv);
  const opened = await openForge(installation.gitops, forgeToken, 5_000);
  await world.repository.createBranch('x');
  await world.repository.commitAs('job', { 'b.txt': 'b\n' }, 'Add b', 'x');
  const request = { branch: 'x', title: 'X', body: '' };
  const pullRequest = await opened.forge?.open(request);
  expect(pullRequest).toMatchObject({ number: 1, state: 'open' });
  const head = await world.forge?.pulls.merge(1, 'squash', { message: 'Mine' });
  expect(await world.repository.head()).toBe(head);
  expect(await opened.forge?.find('x')).toMatchObject({ number: 1, state: 'merged' });
  expect(opened.compareUrl('x')).toContain(`${FORGE_REPOSITORY}/compare/main...x`);
});
