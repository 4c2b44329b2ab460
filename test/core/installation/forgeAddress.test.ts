import { describe, expect, test } from 'vitest';
import {
  apiAddress,
  compareAddress,
  forgeAddress,
  type ForgeSettings,
} from '../../../core/installation/forgeAddress.ts';

const link = (remote: string, settings: ForgeSettings = {}, branch = 'oidc-registrar/zot-1', target = 'main') => {
  const address = forgeAddress(remote, settings);
  return address === undefined ? undefined : compareAddress(address, target, branch);
};

describe('where a repository is on its forge', () => {
  test.each([
    ['git@github.com:platform/homelab.git', 'github', 'https://github.com', 'platform/homelab'],
    ['github.com:platform/homelab', 'github', 'https://github.com', 'platform/homelab'],
    ['ssh://git@ssh.github.com:443/platform/homelab.git', 'github', 'https://github.com', 'platform/homelab'],
    ['https://GitHub.com/platform/homelab/', 'github', 'https://github.com', 'platform/homelab'],
    ['https://orchard.ghe.com/platform/homelab', 'github', 'https://orchard.ghe.com', 'platform/homelab'],
    ['git@gitlab.com:group/sub/sub2/homelab.git', 'gitlab', 'https://gitlab.com', 'group/sub/sub2/homelab'],
    ['https://oauth2@gitlab.example.com:8443/a/b/c.git', 'gitlab', 'https://gitlab.example.com:8443', 'a/b/c'],
    ['ssh://git@gitlab.example.com:2222/a/b.git', 'gitlab', 'https://gitlab.example.com', 'a/b'],
    ['ssh://git@codeberg.org/platform/homelab.git', 'forgejo', 'https://codeberg.org', 'platform/homelab'],
    ['https://gitea.com/platform/x.git', 'gitea', 'https://gitea.com', 'platform/x'],
    ['http://forgejo.lan:3000/platform/x.git', 'forgejo', 'http://forgejo.lan:3000', 'platform/x'],
    ['git@altssh.bitbucket.org:platform/x.git', 'bitbucket', 'https://bitbucket.org', 'platform/x'],
  ])('%s', (remote, kind, url, repository) => {
    expect(forgeAddress(remote)).toEqual({ kind, url, repository });
  });

  test.each([
    ['a host that says nothing', 'https://git.orchard.example/platform/homelab.git'],
    ['an alias of ssh', 'homelab:platform/homelab.git'],
    ['an alias of ssh that is called as a forge', 'gitea:platform/homelab.git'],
    ['a path', '/srv/git/homelab.git'],
    ['a file', 'file:///srv/gitlab.com/a/b.git'],
    ['a drive', 'c:/git/homelab.git'],
    ['a forge of another make', 'https://bitbucket.example.com/scm/platform/homelab.git'],
    ['no owner', 'https://github.com/homelab.git'],
  ])('is not known of %s', (_, remote) => {
    expect(forgeAddress(remote)).toBeUndefined();
  });

  test('the settings come first, each for itself', () => {
    const remote = 'ssh://git@git.orchard.example:2222/platform/homelab.git';
    expect(forgeAddress(remote, { forge: 'forgejo' })).toEqual({
      kind: 'forgejo',
      url: 'https://git.orchard.example',
      repository: 'platform/homelab',
    });
    expect(forgeAddress(remote, { forge: 'forgejo', url: 'https://code.orchard.example/forge/' })).toMatchObject({
      url: 'https://code.orchard.example/forge',
    });
    expect(forgeAddress('git@github.com:a/b', { repository: 'c/d' })).toMatchObject({ repository: 'c/d' });
    const local = { forge: 'gitea', url: 'http://127.0.0.1:3000', repository: 'a/b' } as const;
    expect(forgeAddress('/srv/git/homelab.git', local)).toEqual({
      kind: 'gitea',
      url: 'http://127.0.0.1:3000',
      repository: 'a/b',
    });
    expect(forgeAddress('/srv/git/homelab.git', { forge: 'gitea', repository: 'a/b' })).toBeUndefined();
    expect(forgeAddress('/srv/git/homelab.git', { forge: 'gitea', url: 'http://127.0.0.1' })).toBeUndefined();
  });

  test('a forge below a path of its host', () => {
    expect(forgeAddress('https://orchard.example/git/platform/homelab.git', { forge: 'gitea' })).toEqual({
      kind: 'gitea',
      url: 'https://orchard.example/git',
      repository: 'platform/homelab',
    });
    // By ssh it is the path on the disk.
    expect(forgeAddress('ssh://git@orchard.example/srv/git/platform/homelab.git', { forge: 'gitea' })).toEqual({
      kind: 'gitea',
      url: 'https://orchard.example',
      repository: 'platform/homelab',
    });
  });
});

describe('the page for a new pull request', () => {
  test.each([
    ['git@github.com:a/b.git', 'https://github.com/a/b/compare/main...oidc-registrar/zot-1?quick_pull=1'],
    ['https://codeberg.org/a/b.git', 'https://codeberg.org/a/b/compare/main...oidc-registrar/zot-1'],
    [
      'https://gitlab.com/a/s/b.git',
      'https://gitlab.com/a/s/b/-/merge_requests/new?merge_request%5Bsource_branch%5D=oidc-registrar%2Fzot-1&merge_request%5Btarget_branch%5D=main',
    ],
    [
      'git@bitbucket.org:a/b.git',
      'https://bitbucket.org/a/b/pull-requests/new?source=oidc-registrar%2Fzot-1&dest=main',
    ],
  ])('of %s', (remote, address) => {
    expect(link(remote)).toBe(address);
  });

  test('encodes whatever a branch may hold', () => {
    const branch = 'a/b#1?x=&y+%20é';
    expect(link('git@github.com:a/b', {}, branch, 'release/1')).toBe(
      'https://github.com/a/b/compare/release/1...a/b%231%3Fx%3D%26y%2B%2520%C3%A9?quick_pull=1',
    );
    const gitlab = new URL(link('git@gitlab.com:a/b', {}, branch, 'release/1') ?? '');
    expect(gitlab.searchParams.get('merge_request[source_branch]')).toBe(branch);
    expect(gitlab.searchParams.get('merge_request[target_branch]')).toBe('release/1');
  });

  test('is not known where the forge is not', () => {
    expect(link('https://git.orchard.example/a/b')).toBeUndefined();
  });
});

test.each([
  ['github', 'https://github.com', 'https://api.github.com'],
  ['github', 'https://orchard.ghe.com', 'https://api.orchard.ghe.com'],
  ['github', 'https://github.example.com:8443', 'https://github.example.com:8443/api/v3'],
  ['gitea', 'https://orchard.example/git', 'https://orchard.example/git/api/v1'],
  ['forgejo', 'https://codeberg.org', 'https://codeberg.org/api/v1'],
] as const)('the API of %s at %s', (kind, url, api) => {
  expect(apiAddress({ kind, url })).toBe(api);
});
