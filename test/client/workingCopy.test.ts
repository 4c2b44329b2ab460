import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { readOnce, WorkingCopy } from '../../client/workingCopy.ts';
import { filesOf, workingCopy } from '../fixtures/gitApply.ts';

/** Names of files whose rename fails, as on a disk that breaks in the middle. */
const broken = vi.hoisted(() => new Set<string>());
vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>();
  const renameSync: typeof fs.renameSync = (from, to) => {
    if ([...broken].some((name) => String(to).endsWith(name)))
      throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO', path: String(to) });
    fs.renameSync(from, to);
  };
  return { ...fs, renameSync };
});

const files = { 'a.yml': 'a\n', 'deep/b.yml': 'b\r\n' };
let dir: string;
beforeEach(async () => {
  broken.clear();
  dir = await workingCopy(files);
});

const changes = [
  { path: 'a.yml', before: 'a\n', after: 'a\nmore\n' },
  { path: 'new/folder/c.j2', before: undefined, after: 'c\n' },
  { path: 'deep/b.yml', before: 'b\r\n', after: 'b\r\nmore\r\n' },
];

it('writes all files and keeps their modes', async () => {
  await chmod(path.join(dir, 'a.yml'), 0o751);
  new WorkingCopy(dir).write(changes);
  expect(await filesOf(dir)).toEqual({
    'a.yml': 'a\nmore\n',
    'new/folder/c.j2': 'c\n',
    'deep/b.yml': 'b\r\nmore\r\n',
  });
  expect((await stat(path.join(dir, 'a.yml'))).mode & 0o777).toBe(0o751);
});

it.each(['a.yml', 'c.j2', 'b.yml'])('writes none where %s cannot be put into its place', async (name) => {
  broken.add(name);
  expect(() => new WorkingCopy(dir).write(changes)).toThrow(/^nothing was written: .*\(EIO\)/);
  expect(await filesOf(dir)).toEqual(files);
  await expect(stat(path.join(dir, 'new'))).rejects.toThrow('ENOENT');
});

it.each(['.git/info/exclude', 'module/.GIT/config', 'docs//a.md'])('neither reads nor writes %s', (name) => {
  const copy = new WorkingCopy(dir);
  expect(() => copy.read(name)).toThrow(name);
  expect(() => copy.write([{ path: name, before: undefined, after: 'x' }])).toThrow(name);
});

it('takes files away that go, and brings them back with their mode where another cannot be written', async () => {
  await chmod(path.join(dir, 'deep/b.yml'), 0o640);
  const deletion = { path: 'deep/b.yml', before: 'b\r\n', after: undefined };
  broken.add('c.j2');
  expect(() => new WorkingCopy(dir).write([deletion, ...changes.slice(0, 2)])).toThrow(/^nothing was written/);
  expect(await filesOf(dir)).toEqual(files);
  expect((await stat(path.join(dir, 'deep/b.yml'))).mode & 0o777).toBe(0o640);
  broken.clear();
  new WorkingCopy(dir).write([deletion]);
  expect(await filesOf(dir)).toEqual({ 'a.yml': 'a\n' });
});

it('writes none where a folder cannot be made', async () => {
  await writeFile(path.join(dir, 'new'), 'in the way\n');
  expect(() => new WorkingCopy(dir).write(changes)).toThrow(/^nothing was written/);
  expect(await filesOf(dir)).toEqual({ ...files, new: 'in the way\n' });
});

it('writes none where a file has changed since it was read', async () => {
  await writeFile(path.join(dir, 'deep/b.yml'), 'by a person\n');
  expect(() => new WorkingCopy(dir).write(changes)).toThrow('deep/b.yml has changed since it was read');
  expect(await readFile(path.join(dir, 'a.yml'), 'utf8')).toBe('a\n');
});

it('reads text byte for byte, and knows a file that is not there', async () => {
  await writeFile(path.join(dir, 'bom.yml'), '\ufeffa\r\n');
  const { read } = new WorkingCopy(dir);
  expect([read('bom.yml'), read('none.yml'), read('a.yml/none.yml')]).toEqual(['\ufeffa\r\n', undefined, undefined]);
});

it('searches all files that can be read, and reads the records of the job', async () => {
  // In a worktree and in a submodule `.git` is a file.
  await mkdir(path.join(dir, 'sub'));
  await writeFile(path.join(dir, 'sub', '.git'), 'gitdir: needle\n');
  await writeFile(path.join(dir, 'sub', 'theirs.yml'), 'needle\n');
  await writeFile(path.join(dir, 'zot.oidc-record'), 'needle\n');
  await mkdir(path.join(dir, '.GIT'));
  await writeFile(path.join(dir, '.GIT', 'odd.yml'), 'needle\n');
  await writeFile(path.join(dir, 'image.png'), Buffer.from('needle\0'));
  await writeFile(path.join(dir, 'latin1.md'), Buffer.from([0xfc, ...Buffer.from('needle')]));
  const { filesHolding, read } = new WorkingCopy(dir);
  expect(filesHolding(['needle'])).toEqual(['zot.oidc-record']);
  expect(read('zot.oidc-record')).toBe('needle\n');
});

it('refuses links, folders and what is no text', async () => {
  const outside = await workingCopy({ 'x.yml': 'x\n' });
  await symlink(path.join(outside, 'x.yml'), path.join(dir, 'link.yml'));
  await symlink(outside, path.join(dir, 'linked'));
  await mkdir(path.join(dir, 'folder.yml'));
  await writeFile(path.join(dir, 'latin1.yml'), Buffer.from([0x67, 0x72, 0xfc, 0x6e]));
  const { read } = new WorkingCopy(dir);
  expect(() => read('link.yml')).toThrow('link.yml is a symbolic link');
  expect(() => read('linked/x.yml')).toThrow('linked is a symbolic link');
  expect(() => read('folder.yml')).toThrow('folder.yml is no file');
  expect(() => read('latin1.yml')).toThrow('latin1.yml is not UTF-8');
  expect(() => new WorkingCopy(path.join(dir, 'nowhere'))).toThrow(/there is no folder .*nowhere/);
});

it('is read once for a search, however often that comes back to a file', async () => {
  await writeFile(path.join(dir, 'latin1.yml'), Buffer.from([0x67, 0x72, 0xfc, 0x6e]));
  const { read, paths } = new WorkingCopy(dir);
  const copy = { read: vi.fn(read), paths: vi.fn(paths) };
  const once = readOnce(copy);
  for (let i = 0; i < 2; i += 1) {
    expect(once.filesHolding(['a\n', 'b'])).toEqual(['a.yml', 'deep/b.yml']);
    expect(once.read('a.yml')).toBe('a\n');
    expect(once.read('absent.yml')).toBeUndefined();
    expect(() => once.read('latin1.yml')).toThrow('latin1.yml is not UTF-8');
  }
  expect(copy.paths).toHaveBeenCalledTimes(1);
  expect(copy.read.mock.calls.map(([file]) => file)).toEqual(['a.yml', 'deep/b.yml', 'latin1.yml', 'absent.yml']);
});
