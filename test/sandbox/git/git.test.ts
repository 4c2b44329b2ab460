import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Faults } from '../../../sandbox/faults/faults.ts';
import { parseFault } from '../../../sandbox/faults/parseFault.ts';
import { createBareRepository, gitFaultsOf, type BareRepository } from '../../../sandbox/git/git.ts';
import { temporaryFolder } from '../../fixtures/clusters.ts';

describe('the Git server', () => {
  test('begins with one commit of the files, and takes those of others', async () => {
    const folder = await temporaryFolder();
    const server = await createBareRepository(
      path.join(folder, 'r.git'),
      { 'a b.txt': 'a\n', 'd/e.txt': 'e\r\n' },
      'trunk',
    );
    const first = await server.head();
    expect(await server.read('d/e.txt')).toBe('e\r\n');
    const second = await server.commitAs('somebody', { 'a b.txt': null, 'new.txt': 'n\n' }, 'A change');
    expect(await server.head('trunk')).toBe(second);
    expect(Object.keys(await server.tree()).toSorted()).toEqual(['d/e.txt', 'new.txt']);
    expect(await server.log(`${first}..trunk`)).toEqual([`${second} A change`]);
    expect(await server.diff(first, second)).toContain('+n');
    expect(await server.branches()).toEqual(['trunk']);
    const objects = await server.allObjects();
    for (const text of ['a\n', 'e\r\n', 'n\n', 'A change']) expect(objects).toContain(text);
  });

  test('does not depend on the configuration of the user, nor on a surrounding git command', async () => {
    const folder = await temporaryFolder();
    vi.stubEnv('GIT_DIR', path.join(folder, 'elsewhere'));
    vi.stubEnv('GIT_CONFIG_COUNT', '2');
    vi.stubEnv('GIT_CONFIG_KEY_0', 'core.hooksPath');
    vi.stubEnv('GIT_CONFIG_VALUE_0', '/nowhere');
    vi.stubEnv('GIT_CONFIG_KEY_1', 'commit.gpgSign');
    vi.stubEnv('GIT_CONFIG_VALUE_1', 'false');
    onTestFinished(() => void vi.unstubAllEnvs());
    const server = await createBareRepository(path.join(folder, 'r.git'), { 'a.txt': 'a\n' });
    expect(await server.branches()).toEqual(['main']);
  });

  test('refuses what its faults say, whatever their words hold', async () => {
    const folder = await temporaryFolder();
    const server = await createBareRepository(path.join(folder, 'r.git'), { 'a.txt': 'a\n' });
    await server.setFaults({ protect: "it's; exit 1" });
    await server.commitAs('somebody', { 'b.txt': 'b\n' }, 'Passes');
    await server.setFaults({ protect: 'main' });
    await expect(server.commitAs('somebody', { 'c.txt': 'c\n' }, 'Does not')).rejects.toThrow(/protected branch: main/);
  });
});

describe('people merge a branch', () => {
  const author = (server: BareRepository, commit: string): Promise<string> => server.show('%an, %cn', commit);

  async function withBranch(): Promise<{ server: BareRepository; base: string; commits: readonly string[] }> {
    const folder = await temporaryFolder();
    const server = await createBareRepository(path.join(folder, 'r.git'), { 'a.txt': 'a\n' });
    const base = await server.head();
    await server.createBranch('feature/x');
    const first = await server.commitAs('job', { 'b.txt': 'b\n' }, 'First\n\nRegistrar-Step: one', 'feature/x');
    const second = await server.commitAs('job', { 'c.txt': 'c\n' }, 'Second', 'feature/x');
    return { server, base, commits: [first, second] };
  }

  test('by a merge commit, past the protection of the branch, with others on the target', async () => {
    const { server, commits } = await withBranch();
    const others = await server.commitAs('somebody', { 'd.txt': 'd\n' }, 'Meanwhile');
    await server.setFaults({ protect: 'main' });
    const head = await server.merge('feature/x', 'merge', { by: 'ada' });
    expect(head).toBe(await server.head());
    expect(await server.show('%P', head)).toBe(`${others} ${commits[1]}`);
    expect(await server.message(head)).toContain("Merge branch 'feature/x' into main");
    expect(await author(server, head)).toBe('ada, ada');
    expect(Object.keys(await server.tree()).toSorted()).toEqual(['a.txt', 'b.txt', 'c.txt', 'd.txt']);
    expect(await server.head('feature/x')).toBe(commits[1]);
  });

  test('by one commit, with the proposal of the forge or with words of their own', async () => {
    const { server, base } = await withBranch();
    const head = await server.merge('feature/x', 'squash');
    expect(await server.show('%P', head)).toBe(base);
    expect(await server.message(head)).toBe('feature/x\n\n* First\n\nRegistrar-Step: one\n\n* Second\n\n');
    const other = await withBranch();
    const own = await other.server.merge('feature/x', 'squash', { message: 'Zot signs in' });
    expect(await other.server.message(own)).toBe('Zot signs in\n\n');
    expect(await other.server.tree()).toEqual(await server.tree());
  });

  test('by new commits, even where a fast-forward would do', async () => {
    const { server, base, commits } = await withBranch();
    const head = await server.merge('feature/x', 'rebase', { by: 'ada' });
    const landed = await server.log(`${base}..main`);
    expect(landed.map((line) => line.slice(41))).toEqual(['Second', 'First']);
    for (const line of landed) expect(commits).not.toContain(line.slice(0, 40));
    expect(await author(server, head)).toBe('job, ada');
  });

  test('and not where the two conflict', async () => {
    const { server } = await withBranch();
    const others = await server.commitAs('somebody', { 'b.txt': 'other\n' }, 'Meanwhile');
    for (const way of ['merge', 'squash', 'rebase'] as const)
      await expect(server.merge('feature/x', way)).rejects.toThrow(/conflict/i);
    expect(await server.head()).toBe(others);
  });

  test('into another branch than the usual one', async () => {
    const { server, base, commits } = await withBranch();
    await server.createBranch('release/1');
    const head = await server.merge('feature/x', 'merge', { into: 'release/1' });
    expect(await server.head('release/1')).toBe(head);
    expect(await server.head()).toBe(base);
    expect(commits).not.toContain(head);
  });
});

test('faults from the command line become those of the server', () => {
  const faults = new Faults();
  expect(gitFaultsOf(faults)).toEqual({});
  faults.add(
    parseFault('git:protect=main'),
    parseFault('git:keepBranches=oidc-registrar/'),
    parseFault('git:rejectStep=landChange'),
    parseFault('git:slowAnswer=feature/x/3'),
  );
  expect(gitFaultsOf(faults)).toEqual({
    protect: 'main',
    keepBranches: 'oidc-registrar/',
    rejectStep: 'landChange',
    slowAnswer: { branch: 'feature/x', seconds: 3 },
  });
});
