import { describe, expect, it } from 'vitest';
import { sameRepository } from '../../../core/installation/repositoryAddress.ts';

describe('sameRepository', () => {
  it.each([
    'https://git.example.test/team/home.git',
    'https://git.example.test/team/home',
    'https://git.example.test/team/home/',
    'https://git.example.test/team/home.git/',
    'https://token@git.example.test/team/home.git',
    'https://me:token@GIT.example.test:8443/team/home.git',
    'ssh://git@git.example.test:2222/team/home.git',
    'ssh://git.example.test/team/home',
    'git@git.example.test:team/home.git',
    'git@git.example.test:/team/home.git',
    'git.example.test:team/home',
    'git+ssh://git@git.example.test/team/home.git',
  ])('takes %s as the same repository', (address) => {
    expect(sameRepository(address, ['https://other.test/x', 'ssh://git@git.example.test/team/home.git'])).toBe(true);
    expect(sameRepository('ssh://git@git.example.test/team/home.git', [address])).toBe(true);
  });

  it.each([
    'https://git.example.test/team/homes.git',
    'https://git.example.test/other/home.git',
    'https://git.other.test/team/home.git',
    'https://git.example.test.evil.test/team/home.git',
    'https://evil.test/git.example.test/team/home.git',
    'https://git.example.test/Team/home.git',
    'https://git.example.test/',
    '/team/home.git',
    '',
  ])('takes %s as another one', (address) => {
    expect(sameRepository(address, ['https://git.example.test/team/home.git'])).toBe(false);
  });

  it('knows a host that is an IPv6 address', () => {
    const all = [
      'ssh://git@[fd00::1]:2222/team/home.git',
      'https://[FD00::1]/team/home',
      'git@[fd00::1]:team/home.git',
    ];
    for (const each of all) expect(sameRepository(each, ['https://[fd00::1]:8443/team/home'])).toBe(true);
    expect(sameRepository('git@[fd00::2]:team/home.git', all)).toBe(false);
  });

  it('takes a folder by path or by file address as the same', () => {
    expect(sameRepository('/srv/git/home.git', ['file:///srv/git/home'])).toBe(true);
    expect(sameRepository('/srv/git/home.git', ['/srv/git/other.git'])).toBe(false);
  });

  it('takes none where there are no others', () => {
    expect(sameRepository('https://a.test/b', [])).toBe(false);
  });
});
