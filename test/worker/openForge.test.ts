import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../core/base/secret.ts';
import { installationSchema } from '../../core/installation/installation.ts';
import { Faults } from '../../sandbox/faults/faults.ts';
import { startForge } from '../../sandbox/forge/forge.ts';
import { createBareRepository } from '../../sandbox/git/git.ts';
import { openForge } from '../../worker/openForge.ts';
import { temporaryFolder } from '../fixtures/clusters.ts';
import { caseInstallation } from '../fixtures/zot.ts';

function settings(over: object) {
  return installationSchema.parse({ ...caseInstallation, gitops: { ...caseInstallation.gitops, ...over } }).gitops;
}

const TOKEN = new Secret('forge-token');

test('a landing by push has neither a forge nor a page for pull requests', async () => {
  const { forge, compareUrl } = await openForge(settings({ remote: 'git@github.com:a/b.git' }), TOKEN, 1_000);
  expect(forge).toBeUndefined();
  expect(compareUrl('x')).toBeUndefined();
});

test('without a token people get the page', async () => {
  const gitops = settings({ remote: 'git@github.com:a/b.git', landBy: 'pullRequest', branch: 'trunk' });
  const { forge, compareUrl } = await openForge(gitops, undefined, 1_000);
  expect(forge).toBeUndefined();
  expect(compareUrl('oidc-registrar/zot-1')).toBe(
    'https://github.com/a/b/compare/trunk...oidc-registrar/zot-1?quick_pull=1',
  );
});

test('without a token and a known forge nobody gets anything', async () => {
  const { forge, compareUrl } = await openForge(settings({ landBy: 'pullRequest' }), undefined, 1_000);
  expect(forge).toBeUndefined();
  expect(compareUrl('x')).toBeUndefined();
});

test.each([
  ['github', 'github', {}],
  ['gitea', 'gitea', {}],
  ['forgejo', 'gitea', {}],
  ['github', 'github', { api: '/api/v3/' }],
  ['forgejo', 'gitea', { api: '/api/v1/' }],
] as const)(
  'with a token %s is asked, at its usual place or where api says',
  async (forge, kind, { api }: { api?: string }) => {
    const repository = await createBareRepository(path.join(await temporaryFolder(), 'r.git'), { 'a.txt': 'a\n' });
    await repository.createBranch('b');
    await repository.commitAs('job', { 'b.txt': 'b\n' }, 'Add b', 'b');
    const server = await startForge(kind, repository, 'forge-token', new Faults());
    onTestFinished(() => server.close());
    // With its own api the web address is only shown.
    const url = api === undefined ? server.url : 'https://code.example.test/forge';
    const own = api === undefined ? {} : { api: `${server.url}${api}` };
    const gitops = settings({
      landBy: 'pullRequest',
      pullRequest: { forge, url, repository: 'platform/homelab', ...own },
    });
    const opened = await openForge(gitops, TOKEN, 5_000);
    expect(opened.compareUrl('b')).toContain(`${url}/platform/homelab/compare/main...b`);
    const request = { branch: 'b', title: 'B', body: '' };
    expect(await opened.forge?.open(request)).toMatchObject({ number: 1, state: 'open' });
    expect(server.pulls.rows).toMatchObject([{ base: 'main', head: 'b' }]);
  },
);
