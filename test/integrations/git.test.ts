import {
  appendFile,
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { unlandedPaths } from '../../activities/branch/runBranch.ts';
import type { Deps } from '../../activities/deps.ts';
import { AttemptOver } from '../../core/base/attemptOver.ts';
import { Secret } from '../../core/base/secret.ts';
import { NO_ATTEMPT } from '../../integrations/attempt.ts';
import { authorization, gitEnvironment } from '../../integrations/git/gitEnvironment.ts';
import { kindOf, withoutCredentials } from '../../integrations/git/gitCommand.ts';
import { createGitRepository } from '../../integrations/git/gitRepository.ts';
import type { FileChange, GitRepository } from '../../integrations/git/repository.ts';
import { errorOf, everythingOf } from '../fixtures/errors.ts';
import { plainGit, pushByHand, testRepository } from '../fixtures/gitops.ts';

const BRANCH = 'oidc-registrar/zot-change-1';

describe('reading', () => {
  test('heads and branches are those of the last fetch, deleted ones gone', async () => {
    const { git, server } = await testRepository({ 'a.txt': 'a\n' });
    const base = await server.head();
    expect(await git.head('main')).toBe(base);
    expect(await git.head('none')).toBeUndefined();
    expect(await git.defaultBranch()).toBe('main');
    await plainGit(server.dir, 'branch', 'oidc-registrar/zot-1', 'main');
    await plainGit(server.dir, 'branch', 'oidc-registrar-else', 'main');
    expect(await git.branches('oidc-registrar/')).toEqual([]);
    await git.fetch();
    expect(await git.branches('oidc-registrar/')).toEqual([{ name: 'oidc-registrar/zot-1', sha: base }]);
    await plainGit(server.dir, 'branch', '--delete', 'oidc-registrar/zot-1');
    const moved = await server.commitAs('somebody', { 'b.txt': 'b\n' }, 'Another');
    await git.fetch();
    expect(await git.branches('oidc-registrar/')).toEqual([]);
    expect(await git.head('main')).toBe(moved);
  });

  test('a branch that becomes a folder of branches is followed', async () => {
    const { git, server } = await testRepository({ 'a.txt': 'a\n' });
    await plainGit(server.dir, 'branch', 'feature', 'main');
    await git.fetch();
    await plainGit(server.dir, 'branch', '--delete', 'feature');
    await plainGit(server.dir, 'branch', 'feature/one', 'main');
    await git.fetch();
    expect((await git.branches('feature')).map(({ name }) => name)).toEqual(['feature/one']);
  });

  test('a file is read at a commit; one that is missing is undefined, a missing commit is an error', async () => {
    const { git, server } = await testRepository({ 'dir/a b.yaml': 'ü: 1\r\nno end', '-dash': '-\n', ':colon': ':\n' });
    const base = await server.head();
    expect(await git.readFile(base, 'dir/a b.yaml')).toBe('ü: 1\r\nno end');
    expect(await git.readFile(base, '-dash')).toBe('-\n');
    expect(await git.readFile(base, ':colon')).toBe(':\n');
    expect(await git.readFile(base, 'dir/none')).toBeUndefined();
    expect(await git.readFile(base, 'a.yaml/none')).toBeUndefined();
    const missing = await errorOf(git.readFile('f'.repeat(40), 'dir/a b.yaml'));
    expect(missing).toMatchObject({ kind: 'NotFound' });
  });

  test.each([
    ['readFile', (git: GitRepository, commit: string) => git.readFile(commit, 'a.txt')],
    ['listFiles', (git: GitRepository, commit: string) => git.listFiles(commit, 'dir')],
    ['deletedText', (git: GitRepository, commit: string) => git.deletedText(commit, 'a.txt')],
    ['filesHolding', (git: GitRepository, commit: string) => git.filesHolding(commit, ['new'])],
    ['log', (git: GitRepository, commit: string) => git.log(`${commit}^`, commit)],
    ['isAncestor', (git: GitRepository, commit: string) => git.isAncestor(`${commit}^`, commit)],
    ['changedPaths', (git: GitRepository, commit: string) => git.changedPaths(`${commit}^`, commit)],
    ['mergedTree', (git: GitRepository, commit: string) => git.mergedTree(`${commit}^`, commit)],
    ['diff', (git: GitRepository, commit: string) => git.diff(`${commit}^`, commit)],
    ['checkout', (git: GitRepository, commit: string) => git.checkout(commit, 'zot-1')],
  ])(
    '%s fetches a commit that came since the last fetch, as another worker of the run may have',
    async (_name, read) => {
      const { git, server } = await testRepository({ 'a.txt': 'a\n', 'dir/b.txt': 'b\n' });
      const commit = await server.commitAs('somebody', { 'a.txt': 'new\n', 'dir/c.txt': 'c\n' }, 'Another');
      const early = await read(git, commit);
      await git.fetch();
      expect(early).toEqual(await read(git, commit));
    },
  );

  test('a file that was deleted is read as it was before, the newest deletion first', async () => {
    const { git, server } = await testRepository({ 'a [1].yaml': 'one\n', 'a 1.yaml': 'other\n' });
    await server.commitAs('ada', { 'a [1].yaml': null }, 'Away');
    await server.commitAs('ada', { 'a [1].yaml': 'two\n' }, 'Back');
    await server.commitAs('ada', { 'a [1].yaml': null }, 'Away again');
    await git.fetch();
    const head = (await git.head('main')) ?? '';
    expect(await git.deletedText(head, 'a [1].yaml')).toBe('two\n');
    expect(await git.deletedText(head, 'a 1.yaml')).toBeUndefined();
    expect(await git.deletedText(head, 'never.yaml')).toBeUndefined();
  });

  test('files that hold one of some texts are found, whatever their names, at the commit alone', async () => {
    const { git, server } = await testRepository({
      'dir/ü:1.yaml': 'x: -a.b*\n',
      'b.yaml': 'x: --c\n',
      'n.yaml': 'x: aab\n',
    });
    const base = await server.head();
    await server.commitAs('ada', { 'later.yaml': '-a.b*\n' }, 'Later');
    await git.fetch();
    expect([...(await git.filesHolding(base, ['-a.b*', '--c']))].toSorted()).toEqual(['b.yaml', 'dir/ü:1.yaml']);
    expect(await git.filesHolding(base, ['nowhere'])).toEqual([]);
  });

  test('a byte order mark and a replacement character in a file are part of its text', async () => {
    const text = '\uFEFFkey: \uFFFD\n';
    const { git, server, commit } = await testRepository({ 'a.yaml': text });
    expect(await git.readFile(await server.head(), 'a.yaml')).toBe(text);
    const changed = await commit([{ path: 'a.yaml', text: `${text}more: 1\n` }]);
    expect(await git.readFile(changed, 'a.yaml')).toBe(`${text}more: 1\n`);
  });

  test('a file that is not UTF-8, a link and a folder are refused', async () => {
    const repository = await testRepository({ 'dir/a.txt': 'a\n' });
    const head = await pushByHand(repository, async (work) => {
      await writeFile(path.join(work, 'latin1.txt'), Buffer.from([0x66, 0xfc, 0x72]));
      await symlink('dir/a.txt', path.join(work, 'link'));
    });
    await repository.git.fetch();
    const errors = await Promise.all(
      ['latin1.txt', 'link', 'dir'].map((file) => errorOf(repository.git.readFile(head, file))),
    );
    expect(errors.map(({ kind, message }) => `${kind}: ${message}`)).toEqual([
      'Refused: latin1.txt is not UTF-8',
      'Refused: link is no ordinary file',
      'Refused: dir is no ordinary file',
    ]);
  });

  test('the files directly in a folder are listed, its folders not', async () => {
    const { git, server } = await testRepository({ 'c/a b.yaml': '', 'c/ü.yaml': '', 'c/d/e.yaml': '', 'other/x': '' });
    const base = await server.head();
    expect(await git.listFiles(base, 'c')).toEqual(['c/a b.yaml', 'c/ü.yaml']);
    expect(await git.listFiles(base, 'c/')).toEqual(['c/a b.yaml', 'c/ü.yaml']);
    expect(await git.listFiles(base, 'none')).toEqual([]);
  });

  test('commits come oldest first, with parents, subjects and trailers', async () => {
    const { git, server, commit } = await testRepository({ 'a.txt': 'a\n' });
    const base = await server.head();
    const first = await commit([{ path: 'a.txt', text: 'b\n' }]);
    const second = await git.commit({
      parent: first,
      changes: [{ path: 'a.txt', text: 'c\n' }],
      subject: '# Not a comment: "quoted" ü',
      body: 'Words.\n\nNot-A-Trailer: for a paragraph follows\n\nThe end.',
      trailers: { 'Registrar-Change': 'change-2' },
    });
    expect(await git.log(base, second)).toEqual([
      {
        sha: first,
        parents: [base],
        subject: 'A change',
        trailers: { 'Registrar-Change': 'change-1', 'Registrar-Step': 'syncBlueprint' },
      },
      {
        sha: second,
        parents: [first],
        subject: '# Not a comment: "quoted" ü',
        trailers: { 'Registrar-Change': 'change-2' },
      },
    ]);
    expect((await git.log(undefined, second)).map(({ sha }) => sha)).toEqual([base, first, second]);
    expect(await git.log(second, first)).toEqual([]);
    const missing = await errorOf(git.log(base, 'f'.repeat(40)));
    expect(missing).toMatchObject({ kind: 'NotFound' });
  });

  test('git is asked once for the commits between two, and again for those up to a branch', async () => {
    const { folder, git, server } = await testRepository({ 'a.txt': 'a\n' });
    const base = await server.head();
    await plainGit(server.dir, 'branch', 'side', 'main');
    await server.commitAs('somebody', { 'b.txt': 'b\n' }, 'Ours');
    const side = await server.head();
    const tree = (await plainGit(server.dir, 'rev-parse', `${side}^{tree}`)).trim();
    const other = (await plainGit(server.dir, 'commit-tree', tree, '-p', base, '-m', 'Theirs')).trim();
    const merged = (await plainGit(server.dir, 'commit-tree', tree, '-p', side, '-p', other, '-m', 'Merge')).trim();
    await plainGit(server.dir, 'update-ref', 'refs/heads/main', merged);
    await git.fetch();
    const commits = await git.log(base, merged);
    expect(commits.map(({ subject }) => subject).toSorted()).toEqual(['Merge', 'Ours', 'Theirs']);
    await git.log(base, 'refs/remotes/origin/main');
    await rm(path.join(folder, 'cache'), { recursive: true });
    expect(await git.log(base, merged)).toEqual(commits);
    await expect(git.log(base, 'refs/remotes/origin/main')).rejects.toThrow();
  });

  test('git is asked nothing of a line of commits that were made here, and would say the same', async () => {
    const { another, folder, git, server, commit } = await testRepository({ 'a.txt': 'a\n' });
    const base = await server.head();
    const first = await commit([{ path: 'a.txt', text: 'b\n' }]);
    const second = await commit([{ path: 'a.txt', text: 'c\n' }], first);
    await git.push({ commit: second, branch: BRANCH, expected: null });
    const asked = another();
    const [said, between] = [await asked.log(base, second), await asked.log(first, second)];
    expect(await asked.isAncestor(first, second)).toBe(true);
    await rm(path.join(folder, 'cache'), { recursive: true });
    for (const each of [git, asked]) {
      expect(await each.log(base, second)).toEqual(said);
      expect(await each.log(first, second)).toEqual(between);
      expect(await each.log(second, second)).toEqual([]);
      expect(await each.isAncestor(base, second)).toBe(true);
      expect(await each.isAncestor(second, second)).toBe(true);
      expect(await each.isAncestor(second, first)).toBe(false);
    }
    expect(said.map(({ sha }) => sha)).toEqual([first, second]);
  });

  test('ancestors and changed paths are told, renames as two paths', async () => {
    const { git, server, commit } = await testRepository({ 'old name.txt': 'a lot of text\n', 'b.txt': 'b\n' });
    const base = await server.head();
    const moved = await commit([
      { path: 'old name.txt', text: null },
      { path: 'new name.txt', text: 'a lot of text\n' },
    ]);
    expect(await git.isAncestor(base, moved)).toBe(true);
    expect(await git.isAncestor(moved, base)).toBe(false);
    expect(await errorOf(git.isAncestor('f'.repeat(40), base))).toMatchObject({ kind: 'NotFound' });
    expect(await git.changedPaths(base, moved)).toEqual(['new name.txt', 'old name.txt']);
    expect(await git.diff(base, moved)).toContain('rename to new name.txt');
  });
});

describe('what a merge of a branch would still change', () => {
  const LINES = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
  const text = (lines: Readonly<Record<number, string>> = {}): string =>
    LINES.map((line, i) => `${lines[i] ?? line}\n`).join('');

  /** A branch with these changes, and what people do on the target branch after it. */
  const unlandedOf = async (changes: readonly FileChange[], later: readonly string[]) => {
    const { git, server, commit } = await testRepository({ 'a.txt': text(), 'b.txt': 'b\n' });
    const head = await commit(changes);
    await git.push({ commit: head, branch: BRANCH, expected: null });
    for (const each of later) {
      if (each === 'squash') await server.merge(BRANCH, 'squash', { message: 'As reviewed' });
      else if (each === 'begun anew') {
        const root = (await plainGit(server.dir, 'commit-tree', 'main^{tree}', '-m', 'All of it')).trim();
        await plainGit(server.dir, 'update-ref', 'refs/heads/main', root);
      } else await server.commitAs('ada', { 'a.txt': each }, 'Another');
    }
    await git.fetch();
    const main = (await git.head('main')) ?? '';
    return unlandedPaths({ git } as unknown as Deps, head, main);
  };
  /** Of a branch with a change of the second line. */
  const unlanded = async (...later: readonly string[]) =>
    unlandedOf([{ path: 'a.txt', text: text({ 1: 'ours' }) }], later);

  test.each<[string, readonly string[], readonly string[] | undefined]>([
    ['is all of it before that', [], ['a.txt']],
    ['is nothing where it was squashed', ['squash'], []],
    ['is nothing where the file has moved on', ['squash', text({ 1: 'ours', 8: 'theirs' })], []],
    ['is all of it where it was reverted', ['squash', text()], ['a.txt']],
    ['cannot be told where the two conflict', [text({ 1: 'theirs' })], undefined],
    ['is nothing where the history was begun anew with it', ['squash', 'begun anew'], []],
    ['is all of it where the history was begun anew without it', ['begun anew'], ['a.txt']],
  ])('%s', async (_name, later, expected) => expect(await unlanded(...later)).toEqual(expected));

  test.each<[string, readonly string[], readonly string[]]>([
    ['without it', ['begun anew'], ['b.txt']],
    ['with it', ['squash', 'begun anew'], []],
    ['with it, and others have changed another file since', ['squash', 'begun anew', text({ 8: 'theirs' })], []],
  ])('knows a file that the branch deleted where the history was begun anew %s', async (_name, later, expected) =>
    expect(await unlandedOf([{ path: 'b.txt', text: null }], later)).toEqual(expected),
  );

  test('cannot be told by a git that is too old', async () => {
    const { git, folder, server } = await testRepository({ 'a.txt': text() });
    await git.fetch();
    const base = await server.head();
    const bin = path.join(folder, 'bin');
    await mkdir(bin);
    const rest = `exec env PATH='${process.env['PATH']}' git "$@"`;
    await writeFile(path.join(bin, 'git'), `#!/bin/sh\ncase "$*" in *merge-tree*) exit 129;; esac\n${rest}\n`);
    await chmod(path.join(bin, 'git'), 0o755);
    vi.stubEnv('PATH', `${bin}:${process.env['PATH']}`);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await git.mergedTree(base, base)).toBeUndefined();
  });
});

describe('committing', () => {
  test('leaves every byte of a file that it does not change, line ends and a missing last one included', async () => {
    const files = { 'crlf.yaml': 'a: 1\r\nb: 2\r\n', 'noend.yaml': 'a: 1', 'mixed.yaml': 'a\r\nb\nc\r' };
    const repository = await testRepository({ ...files, '.gitattributes': '* text=auto eol=lf\n*.yaml text\n' });
    const { git, server } = repository;
    const base = await pushByHand(repository, async (work) => {
      // Bytes that the attributes would change on the next `git add`.
      await writeFile(path.join(work, '.gitattributes'), '*.txt text\n');
      for (const [name, text] of Object.entries(files)) await writeFile(path.join(work, name), text);
    });
    await git.fetch();
    const changed = await repository.commit(
      Object.entries(files).map(([name, text]) => ({ path: name, text: `# new\r\n${text}` })),
      base,
    );
    for (const [name, text] of Object.entries(files))
      expect(await git.readFile(changed, name)).toBe(`# new\r\n${text}`);
    const restored = await repository.commit(
      Object.entries(files).map(([name, text]) => ({ path: name, text })),
      changed,
    );
    expect(await git.changedPaths(base, restored)).toEqual([]);
    await git.push({ commit: restored, branch: 'main', expected: base });
    expect(await server.read('mixed.yaml')).toBe('a\r\nb\nc\r');
  });

  test('commits what is asked, whatever attributes would make of it', async () => {
    const { git, commit } = await testRepository({ '.gitattributes': '* text eol=lf\n', 'a.yaml': 'a: 1\n' });
    const changed = await commit([{ path: 'a.yaml', text: 'a: 1\r\nb: 2\r\n' }]);
    expect(await git.readFile(changed, 'a.yaml')).toBe('a: 1\r\nb: 2\r\n');
  });

  test('is by the configured author, whatever the environment says', async () => {
    vi.stubEnv('GIT_AUTHOR_NAME', 'somebody else');
    vi.stubEnv('GIT_COMMITTER_EMAIL', 'else@example.test');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { git, server, commit } = await testRepository({ 'a.txt': 'a\n' });
    const changed = await commit([{ path: 'a.txt', text: 'b\n' }]);
    await git.push({ commit: changed, branch: BRANCH, expected: null });
    const who = await plainGit(server.dir, 'log', '-1', '--format=%an <%ae> %cn <%ce>', BRANCH);
    const us = 'oidc-registrar <registrar@example.test>';
    expect(who.trim()).toBe(`${us} ${us}`);
  });

  test('no change at all gives the parent back', async () => {
    const { server, commit } = await testRepository({ 'a.txt': 'a\n' });
    const base = await server.head();
    expect(await commit([{ path: 'a.txt', text: 'a\n' }])).toBe(base);
    expect(await commit([])).toBe(base);
    expect(await commit([{ path: 'not/there.txt', text: null }])).toBe(base);
  });

  test('files come, change and go in one commit; an ignored one is committed too', async () => {
    const { git, server, commit } = await testRepository({ 'a.txt': 'a\n', 'b.txt': 'b\n', '.gitignore': 'new/\n' });
    const changed = await commit([
      { path: 'a.txt', text: null },
      { path: 'b.txt', text: 'b2\n' },
      { path: 'new/c d.txt', text: 'c\n' },
      { path: '-dash.txt', text: '-\n' },
      { path: ':(top)magic.txt', text: ':\n' },
    ]);
    expect((await git.changedPaths(await server.head(), changed)).toSorted()).toEqual(
      ['-dash.txt', ':(top)magic.txt', 'a.txt', 'b.txt', 'new/c d.txt'].toSorted(),
    );
    expect(await git.readFile(changed, 'new/c d.txt')).toBe('c\n');
    expect(await git.readFile(changed, 'a.txt')).toBeUndefined();
  });

  test('names of any bytes are kept, an emptied folder goes, and the objects are sound', async () => {
    const { git, server, commit } = await testRepository({ 'a.txt': 'a\n', 'gone/last.txt': 'l\n' });
    const names = ['say "hi".txt', 'two\nlines.txt', 'höhe/é.txt', ' space ', "it's.txt"];
    const changed = await commit([
      ...names.map((path) => ({ path, text: `${path}\n` })),
      { path: 'empty.txt', text: '' },
      { path: 'gone/last.txt', text: null },
    ]);
    await git.push({ commit: changed, branch: BRANCH, expected: null });
    for (const name of names) expect(await git.readFile(changed, name)).toBe(`${name}\n`);
    const listed = await plainGit(server.dir, 'ls-tree', '-r', '-z', '--name-only', BRANCH);
    expect(listed.split('\0').toSorted()).toEqual(['', ...names, 'a.txt', 'empty.txt'].toSorted());
    await plainGit(server.dir, 'fsck', '--strict');
  });

  test('on a disk that tells no case, changes the file of that very name', async () => {
    const { folder, git, server, commit } = await testRepository({ 'Apps/x.txt': 'X\n', 'apps/x.txt': 'x\n' });
    await git.fetch();
    await appendFile(path.join(await cloneIn(folder), 'config'), '[core]\n\tignoreCase = true\n');
    const changed = await commit([{ path: 'apps/x.txt', text: 'changed\n' }]);
    expect(await git.changedPaths(await server.head(), changed)).toEqual(['apps/x.txt']);
  });

  test('keeps a file executable', async () => {
    const repository = await testRepository({ 'a.txt': 'a\n' });
    const base = await pushByHand(repository, async (work) => {
      await writeFile(path.join(work, 'run.sh'), '#!/bin/sh\n');
      await chmod(path.join(work, 'run.sh'), 0o755);
    });
    await repository.git.fetch();
    const changed = await repository.commit([{ path: 'run.sh', text: '#!/bin/sh\ntrue\n' }], base);
    await repository.git.push({ commit: changed, branch: 'main', expected: base });
    expect(await plainGit(repository.server.dir, 'ls-tree', 'main', 'run.sh')).toMatch(/^100755 /);
  });

  test('never writes through a symbolic link of the repository', async () => {
    const repository = await testRepository({ 'a.txt': 'a\n' });
    const outside = path.join(repository.folder, 'outside');
    await mkdir(outside);
    await writeFile(path.join(outside, 'victim.txt'), 'untouched\n');
    const base = await pushByHand(repository, async (work) => {
      await symlink(outside, path.join(work, 'dir'));
      await symlink(path.join(outside, 'victim.txt'), path.join(work, 'file.txt'));
    });
    await repository.git.fetch();
    await repository.git.checkout(base, 'zot-change-1');
    for (const file of ['dir/victim.txt', 'dir/new.txt', 'file.txt']) {
      const error = await errorOf(repository.commit([{ path: file, text: 'mine\n' }], base));
      expect(error).toMatchObject({ kind: 'Refused', system: 'Git' });
      expect(error.message).toContain(`${file} cannot be changed`);
    }
    expect(await readdir(outside)).toEqual(['victim.txt']);
    expect(await readFile(path.join(outside, 'victim.txt'), 'utf8')).toBe('untouched\n');
  });

  test.each(['../out.txt', '/etc/out.txt', '.git/config', 'a/.GIT/hooks/x', 'a//b', 'a/./b', '', 'a.txt/b'])(
    'the path "%s" is refused',
    async (file) => {
      const { server, commit } = await testRepository({ 'a.txt': 'a\n' });
      const error = await errorOf(commit([{ path: file, text: 'x' }], await server.head()));
      expect(error).toMatchObject({ kind: 'Refused' });
    },
  );

  test('two runs that commit at once do not meet', async () => {
    const { git, server } = await testRepository({ 'a.txt': 'a\n' });
    const base = await server.head();
    const made = await Promise.all(
      ['zot', 'wiki', 'forge'].map((client) =>
        git.commit({
          parent: base,
          changes: [{ path: `${client}.txt`, text: client }],
          subject: client,
          trailers: { 'Registrar-Change': client },
        }),
      ),
    );
    const paths = await Promise.all(made.map((commit) => git.changedPaths(base, commit)));
    expect(paths).toEqual([['zot.txt'], ['wiki.txt'], ['forge.txt']]);
  });

  test('locks that a killed attempt left are no obstacle', async () => {
    const { folder, git, server, commit } = await testRepository({ 'a.txt': 'a\n', 'b.txt': 'b\n' });
    const clone = await cloneIn(folder);
    await writeFile(path.join(clone, 'refs/registrar.lock'), '');
    await writeFile(path.join(clone, 'packed-refs.lock'), '');
    const changed = await commit([{ path: 'a.txt', text: 'c\n' }]);
    expect(await git.changedPaths(await server.head(), changed)).toEqual(['a.txt']);
    await mkdir(path.join(clone, 'refs/remotes/origin'), { recursive: true });
    await writeFile(path.join(clone, 'packed-refs.lock'), '');
    await writeFile(path.join(clone, 'refs/remotes/origin/main.lock'), '');
    await server.commitAs('somebody', { 'b.txt': 'b2\n' }, 'Another');
    await git.fetch();
    expect(await git.head('main')).toBe(await server.head());
  });
});

async function cloneIn(folder: string): Promise<string> {
  const [home = ''] = await readdir(path.join(folder, 'cache'));
  const [clone = ''] = await readdir(path.join(folder, 'cache', home));
  return path.join(folder, 'cache', home, clone);
}

describe('fetching', () => {
  test('once serves all who ask before it begins, and nobody who asks later', async () => {
    const { folder, git, server } = await testRepository({ 'a.txt': 'a\n' });
    await git.fetch();
    const asked = path.join(folder, 'asked');
    const program = path.join(folder, 'bin', 'git');
    await mkdir(path.dirname(program));
    const search = process.env['PATH'] ?? '';
    await writeFile(program, `#!/bin/sh\necho "$1" >> '${asked}'\nPATH='${search}' exec git "$@"\n`);
    await chmod(program, 0o755);
    vi.stubEnv('PATH', `${path.dirname(program)}${path.delimiter}${search}`);
    onTestFinished(() => void vi.unstubAllEnvs());

    const together = Promise.all(Array.from({ length: 5 }, () => git.fetch()));
    const begun = async (): Promise<string> => readFile(asked, 'utf8').catch(() => '');
    await vi.waitFor(async () => expect(await begun()).toBe('ls-remote\n'), 60_000);
    const late = Promise.all(Array.from({ length: 5 }, () => git.fetch()));
    await Promise.all([together, late]);

    expect(await begun()).toBe('ls-remote\nls-remote\n');
    const commit = await server.commitAs('somebody', { 'b.txt': 'b\n' }, 'Another');
    await Promise.all([git.fetch(), git.fetch()]);
    expect(await git.head('main')).toBe(commit);
  });
});

describe('pushing', () => {
  test('makes a branch that must not exist, moves one from where it is expected, and again is success', async () => {
    const { git, server, commit } = await testRepository({ 'a.txt': 'a\n' });
    const first = await commit([{ path: 'a.txt', text: 'b\n' }]);
    await git.push({ commit: first, branch: BRANCH, expected: null });
    await git.push({ commit: first, branch: BRANCH, expected: null });
    expect(await server.head(BRANCH)).toBe(first);
    expect(await git.head(BRANCH)).toBe(first);
    const second = await commit([{ path: 'a.txt', text: 'c\n' }]);
    expect(await errorOf(git.push({ commit: second, branch: BRANCH, expected: null }))).toMatchObject({
      kind: 'Conflict',
      retryable: true,
    });
    await git.push({ commit: second, branch: BRANCH, expected: first });
    expect(await server.head(BRANCH)).toBe(second);
    await git.push({ commit: second, branch: BRANCH, expected: first });
  });

  test('does not begin once the attempt is over, and is cut short where its time ends', async () => {
    let timeFor = async (_ms: number): Promise<number> => {
      throw new AttemptOver('it is over');
    };
    const attempt = { ...NO_ATTEMPT, timeFor: (ms: number) => timeFor(ms) };
    const { git, server, commit } = await testRepository({ 'a.txt': 'a\n' }, { attempt });
    const base = await server.head();
    const changed = await commit([{ path: 'a.txt', text: 'b\n' }]);
    const push = () => git.push({ commit: changed, branch: 'main', expected: base });
    expect(await errorOf(push())).toBeInstanceOf(AttemptOver);
    expect(await errorOf(git.deleteBranch('main', base))).toBeInstanceOf(AttemptOver);
    expect(await server.head()).toBe(base);
    const hook = path.join(server.dir, 'hooks', 'pre-receive');
    const before = await readFile(hook, 'utf8');
    // Longer than a test may take.
    await writeFile(hook, '#!/bin/sh\nsleep 30\nexit 1\n');
    timeFor = async () => 1_000;
    expect(await errorOf(push())).toMatchObject({ kind: 'Unavailable' });
    await writeFile(hook, before);
    timeFor = async (ms) => ms;
    await push();
    expect(await server.head()).toBe(changed);
  });

  test('to a branch that somebody moved is a conflict and moves nothing', async () => {
    const { git, server, commit } = await testRepository({ 'a.txt': 'a\n' });
    const base = await server.head();
    const ours = await commit([{ path: 'a.txt', text: 'b\n' }]);
    const theirs = await server.commitAs('somebody', { 'b.txt': 'b\n' }, 'Faster');
    const error = await errorOf(git.push({ commit: ours, branch: 'main', expected: base }));
    expect(error).toMatchObject({ kind: 'Conflict' });
    expect(error.message).toContain('main is not where it was expected');
    expect(await server.head()).toBe(theirs);
  });

  test('to a protected branch is refused in the words of the server', async () => {
    const { git, server, commit } = await testRepository({ 'a.txt': 'a\n' });
    const base = await server.head();
    await server.setFaults({ protect: 'main' });
    const ours = await commit([{ path: 'a.txt', text: 'b\n' }]);
    const error = await errorOf(git.push({ commit: ours, branch: 'main', expected: base }));
    expect(error).toMatchObject({ kind: 'Refused', retryable: false });
    expect(error.message).toContain('protected branch: main');
    expect(await server.head()).toBe(base);
    await git.push({ commit: ours, branch: BRANCH, expected: null });
  });

  test('that the server declines by the step in the commit is refused, and others are not', async () => {
    const { git, server, commit } = await testRepository({ 'a.txt': 'a\n' });
    await server.setFaults({ rejectStep: 'syncBlueprint' });
    const ours = await commit([{ path: 'a.txt', text: 'b\n' }]);
    const error = await errorOf(git.push({ commit: ours, branch: BRANCH, expected: null }));
    expect(error).toMatchObject({ kind: 'Refused' });
    await server.setFaults({ rejectStep: 'landChange' });
    await git.push({ commit: ours, branch: BRANCH, expected: null });
  });

  test('whose answer never comes is unavailable in time, and the retry finds that it was done', async () => {
    const { another, server } = await testRepository({ 'a.txt': 'a\n' });
    // What answers does so in far less.
    const git = another({ timeoutMs: 4_000 });
    await git.fetch();
    const base = await server.head();
    const ours = await git.commit({
      parent: base,
      changes: [{ path: 'a.txt', text: 'b\n' }],
      subject: 'Slow',
      trailers: { 'Registrar-Change': 'change-1' },
    });
    // Longer than a test may take.
    await server.setFaults({ slowAnswer: { branch: 'main', seconds: 30 } });
    const error = await errorOf(git.push({ commit: ours, branch: 'main', expected: base }));
    expect(error).toMatchObject({ kind: 'Unavailable', retryable: true });
    await server.setFaults({});
    await git.push({ commit: ours, branch: 'main', expected: base });
    expect(await server.head()).toBe(ours);
  });

  test('deletes a branch; absent is success, another head a conflict, and a server may refuse', async () => {
    const { git, server, commit } = await testRepository({ 'a.txt': 'a\n' });
    const base = await server.head();
    const ours = await commit([{ path: 'a.txt', text: 'b\n' }]);
    await git.push({ commit: ours, branch: BRANCH, expected: null });
    expect(await errorOf(git.deleteBranch(BRANCH, base))).toMatchObject({ kind: 'Conflict' });
    await server.setFaults({ keepBranches: 'oidc-registrar/' });
    expect(await errorOf(git.deleteBranch(BRANCH, ours))).toMatchObject({ kind: 'Refused' });
    await server.setFaults({});
    await git.deleteBranch(BRANCH, ours);
    expect(await server.branches()).toEqual(['main']);
    expect(await git.head(BRANCH)).toBeUndefined();
    await git.deleteBranch(BRANCH, ours);
    await git.deleteBranch(BRANCH);
  });
});

describe('worktrees', () => {
  test('hold a commit, follow to another one, and are gone when removed', async () => {
    const { git, server, commit } = await testRepository({ 'a.txt': 'a\n', 'dir/b.txt': 'b\n' });
    const base = await server.head();
    const changed = await commit([
      { path: 'a.txt', text: 'a2\n' },
      { path: 'dir/b.txt', text: null },
    ]);
    const folder = await git.checkout(base, 'zot-change-1');
    expect(await readFile(path.join(folder, 'dir/b.txt'), 'utf8')).toBe('b\n');
    await writeFile(path.join(folder, 'left over.txt'), 'x');
    expect(await git.checkout(changed, 'zot-change-1')).toBe(folder);
    expect((await readdir(folder)).toSorted()).toEqual(['.git', 'a.txt']);
    await git.removeWorktree('zot-change-1');
    expect(await stat(folder).catch(() => undefined)).toBeUndefined();
    await git.removeWorktree('zot-change-1');
    await git.checkout(base, 'zot-change-1');
  });

  test.each<[string, (folder: string) => Promise<void>]>([
    ['without its link to the clone', (folder) => rename(path.join(folder, '.git'), path.join(folder, 'git'))],
    ['whose link leads nowhere', (folder) => writeFile(path.join(folder, '.git'), 'gitdir: /nowhere\n')],
    [
      'with a lock of a killed command',
      async (folder) => {
        const link = (await readFile(path.join(folder, '.git'), 'utf8')).replace('gitdir: ', '').trim();
        await writeFile(path.join(link, 'index.lock'), '');
      },
    ],
  ])('%s are made again', async (_how, damage) => {
    const { git, server } = await testRepository({ 'a.txt': 'a\n' });
    const base = await server.head();
    const folder = await git.checkout(base, 'zot-change-1');
    await damage(folder);
    expect(await git.checkout(base, 'zot-change-1')).toBe(folder);
    expect((await readdir(folder)).toSorted()).toEqual(['.git', 'a.txt']);
  });

  test('have names that stay inside the clone', async () => {
    const { git, server } = await testRepository({ 'a.txt': 'a\n' });
    const base = await server.head();
    for (const name of ['../escape', 'a/b', '', '.', '..'])
      expect(await errorOf(git.checkout(base, name))).toMatchObject({ kind: 'BadInput' });
  });
});

describe('the clone', () => {
  test('is made when it is first needed, by whatever is asked first', async () => {
    const { another, server } = await testRepository({ 'a.txt': 'a\n' });
    const git = another();
    expect(await git.defaultBranch()).toBe('main');
    expect(await another().head('main')).toBeUndefined();
    expect(await another().readFile(await server.head(), 'a.txt')).toBe('a\n');
  });

  test('does not have to be written for a push to count', async () => {
    const { folder, git, server, commit, another } = await testRepository({ 'a.txt': 'a\n' });
    const made = await commit([{ path: 'a.txt', text: 'b\n' }]);
    const [home = ''] = await readdir(path.join(folder, 'cache'));
    const [clone = ''] = await readdir(path.join(folder, 'cache', home));
    // Where a file is, no folder can be: as on a disk that is full, no branch below it can be noted.
    const refs = path.join(folder, 'cache', home, clone, 'refs', 'remotes', 'origin');
    await writeFile(path.join(refs, 'oidc-registrar'), '');
    await git.push({ commit: made, branch: BRANCH, expected: null });
    expect(await server.branches()).toContain(BRANCH);
    expect(await git.head(BRANCH)).toBe(made);
    await git.deleteBranch(BRANCH, made);
    expect(await server.branches()).not.toContain(BRANCH);
    expect(await git.head(BRANCH)).toBeUndefined();
    await another().fetch();
  });

  test('of a process that is gone is removed, one of a living process or of another machine stays', async () => {
    const { folder, another } = await testRepository({ 'a.txt': 'a\n' });
    const [home = ''] = await readdir(path.join(folder, 'cache'));
    const host = hostname().replaceAll(/[^\w.]/g, '_');
    const names = [
      `clone-${host}-999999-1`,
      `clone-${host}-${process.ppid}-1`,
      'clone-elsewhere-999999-1',
      'clone-gone-1-1',
    ];
    for (const name of names) await mkdir(path.join(folder, 'cache', home, name));
    const old = new Date(Date.now() - 2 * 86_400_000);
    await utimes(path.join(folder, 'cache', home, 'clone-gone-1-1'), old, old);
    await another().fetch();
    const left = await readdir(path.join(folder, 'cache', home));
    expect(left.filter((name) => names.includes(name)).toSorted()).toEqual(names.slice(1, 3).toSorted());
  });

  test('works inside a hook of another repository', async () => {
    const { folder, another } = await testRepository({ 'a.txt': 'a\n' });
    vi.stubEnv('GIT_DIR', path.join(folder, 'not-a-repository'));
    vi.stubEnv('GIT_INDEX_FILE', path.join(folder, 'not-an-index'));
    onTestFinished(() => void vi.unstubAllEnvs());
    const git = another();
    await git.fetch();
    const base = await git.head('main');
    expect(base).toMatch(/^[0-9a-f]{40}$/);
  });
});

describe('what goes wrong', () => {
  test('a remote that does not exist is not found, one that is down is unavailable', async () => {
    const { another, folder } = await testRepository({ 'a.txt': 'a\n' });
    const nowhere = another({ remote: path.join(folder, 'nowhere.git') });
    expect(await errorOf(nowhere.fetch())).toMatchObject({ kind: 'NotFound', system: 'Git' });
    const down = another({ remote: 'http://127.0.0.1:9/repository.git' });
    const error = await errorOf(down.fetch());
    expect(error).toMatchObject({ kind: 'Unavailable', retryable: true });
    // The clone itself was made, and serves when the remote is back.
    expect(await errorOf(down.fetch())).toMatchObject({ kind: 'Unavailable' });
  });

  test.each([
    ["fatal: unable to access 'https://h/r/': The requested URL returned error: 403", 'Unauthorized'],
    ["fatal: unable to access 'https://h/r/': The requested URL returned error: 503", 'Unavailable'],
    ["fatal: repository 'https://h/r/' not found", 'NotFound'],
    ["fatal: unable to access 'https://h/401/403/': Could not resolve host: h", 'Unavailable'],
    ['git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.', 'Unauthorized'],
    ['Host key verification failed.\nfatal: Could not read from remote repository.', 'Unauthorized'],
    ['ERROR: Repository not found.\nfatal: Could not read from remote repository.', 'NotFound'],
    [
      'ssh: connect to host h port 22: Connection refused\nfatal: Could not read from remote repository.',
      'Unavailable',
    ],
    ["fatal: could not read Username for 'https://h': terminal prompts disabled", 'Unauthorized'],
    ['fatal: bad revision 4017403', 'NotFound'],
    ['error: unable to write file ./objects/4a/1b: No space left on device', 'Unavailable'],
    ['fatal: could not open index: Read-only file system', 'Unavailable'],
    ['fatal: sha1 file write error. Out of diskspace: Disk quota exceeded', 'Unavailable'],
    ['fatal: something nobody has heard of, 401 times', 'Failed'],
  ])('%s means %s', (words, kind) => {
    expect(kindOf(words)).toBe(kind);
  });

  test.each([
    ['https://user:pass@host/x', 'https://host/x'],
    ["'https://oauth2:p@ss:w@rd@host:8443/x.git'", "'https://host:8443/x.git'"],
    ['ssh://git@host:22/x and https://t0ken@other/', 'ssh://host:22/x and https://other/'],
    ['https://host/a@b', 'https://host/a@b'],
  ])('credentials in %s are not repeated', (text, expected) => {
    expect(withoutCredentials(text)).toBe(expected);
  });

  test('no error holds a password of an address', async () => {
    const { another } = await testRepository({ 'a.txt': 'a\n' });
    const git = another({ remote: 'http://somebody:pa55w0rd@127.0.0.1:9/repository.git' });
    expect(everythingOf(await errorOf(git.fetch()))).not.toContain('pa55w0rd');
  });
});

describe('the token', () => {
  const token = new Secret('t0ken-of-the-forge-0123456789');

  test('reaches the remote as a header, and is in no argument, file or error', async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(403).end(`no ${request.headers.authorization ?? ''}`);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    onTestFinished(() => void server.close());
    const { folder, another } = await testRepository({ 'a.txt': 'a\n' });
    const remote = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.git`;
    const git = another({ remote, token, cacheDir: path.join(folder, 'other') });
    const error = await errorOf(git.fetch());
    expect(error).toMatchObject({ kind: 'Unauthorized' });
    const basic = Buffer.from(`oauth2:${token.reveal()}`).toString('base64');
    expect(seen[0]).toBe(`Basic ${basic}`);
    for (const text of [everythingOf(error), await everyFile(path.join(folder, 'other'))]) {
      expect(text).not.toContain(token.reveal());
      expect(text).not.toContain(basic);
    }
  });

  test('goes beside settings that came through the environment, and to its own host only', () => {
    const env = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'a.b', GIT_CONFIG_VALUE_0: 'c' };
    const header = authorization('https://user@forge.example.test:8443/x.git', token, env);
    expect(header).toMatchObject({
      GIT_CONFIG_COUNT: '2',
      GIT_CONFIG_KEY_1: 'http.https://forge.example.test:8443/.extraHeader',
    });
    expect(authorization('ssh://git@forge.example.test/x.git', token, env)).toEqual({});
    expect(authorization('https://forge.example.test/x.git', undefined, env)).toEqual({});
  });

  test('of other systems, and the paths of their files, are not given to git', () => {
    const env = gitEnvironment({
      PATH: '/bin',
      OP_CONNECT_TOKEN: 'x',
      OP_SERVICE_ACCOUNT_TOKEN: 'x',
      AUTHENTIK_TOKEN: 'x',
      GITOPS_TOKEN: 'x',
      FORGE_TOKEN: 'x',
      REGISTRAR_NOTIFY_URL: 'x',
      REGISTRAR_NOTIFY_TOKEN: 'x',
      TEMPORAL_API_KEY: 'x',
      TEMPORAL_TLS_CLIENT_KEY_DATA: 'x',
      AUTHENTIK_TOKEN_FILE: '/run/secrets/authentik',
      ANYTHING: 'x',
      GIT_SSH_COMMAND: 'ssh -i key',
      GIT_WORK_TREE: '/x',
      GIT_CURL_VERBOSE: '1',
    });
    expect(env).toEqual({ PATH: '/bin', LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_SSH_COMMAND: 'ssh -i key' });
  });
});

async function everyFile(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = entries
    .filter((entry) => entry.isFile())
    .map((entry) => readFile(path.join(entry.parentPath, entry.name), 'latin1'));
  return (await Promise.all(texts)).join('\n');
}

test('git that is not installed is told so', async () => {
  const { folder, server } = await testRepository({ 'a.txt': 'a\n' });
  vi.stubEnv('PATH', folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  const git = createGitRepository({
    remote: server.dir,
    cacheDir: path.join(folder, 'none'),
    author: { name: 'x', email: 'x@example.test' },
    timeoutMs: 1_000,
  });
  const error = await errorOf(git.fetch());
  expect(error.message).toContain('git could not be run');
  expect(error.remedy).toContain('Install git');
});

test.each(['', '{}', '<!doctype html><title>Sign in</title>'])(
  'a server that answers %j to everything has no branches that could be believed',
  async (body) => {
    const server = createServer((request, response) => {
      request.resume().once('end', () => response.end(body));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const { another } = await testRepository({ 'a.txt': 'a\n' });
    const remote = `http://127.0.0.1:${(server.address() as AddressInfo).port}/r.git`;
    const git = another({ remote });
    for (const ask of [() => git.fetch(), () => git.defaultBranch(), () => git.deleteBranch(BRANCH)])
      expect(await errorOf(ask())).toMatchObject({ kind: 'Unavailable', retryable: true });
    expect(await errorOf(git.head('main'))).toMatchObject({ kind: 'Unavailable' });
  },
);
