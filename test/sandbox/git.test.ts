import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Faults } from '../../sandbox/faults.ts';
import { parseFault } from '../../sandbox/parseFault.ts';
import { createBareRepository, gitFaultsOf } from '../../sandbox/git.ts';
import { temporaryFolder } from '../fixtures/clusters.ts';

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
