import { expect, test, vi } from 'vitest';
import { git } from '../../integrations/git/gitCommand.ts';

let code = '';
vi.mock('execa', () => ({ execa: async () => ({ exitCode: undefined, code, stderr: '' }) }));

test.each([
  ['EAGAIN', 'Unavailable'],
  ['ENOMEM', 'Unavailable'],
  ['EMFILE', 'Unavailable'],
  ['ENFILE', 'Unavailable'],
  ['ENOENT', 'Failed'],
  ['EACCES', 'Failed'],
])('git that could not be started for %s is %s', async (why, kind) => {
  code = why;
  await expect(git(['status'], { cwd: '.', timeoutMs: 1_000 })).rejects.toMatchObject({
    kind,
    message: expect.stringContaining(`git could not be run: ${why}`) as string,
  });
});
