import { existsSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { loadSandbox } from '../../client/groups/sandboxPackage.ts';

vi.mock('node:fs', async (importOriginal) => ({
  ...(await importOriginal<typeof import('node:fs')>()),
  existsSync: vi.fn<typeof existsSync>(() => true),
}));

vi.mock('node:module', () => ({
  // Nothing is installed beside this one: the workspace of a clone has its name.
  createRequire: () => ({
    resolve: () => {
      throw new Error('Cannot find module');
    },
  }),
}));

test('the sandbox is loaded from its place', async () => {
  expect(Object.keys(await loadSandbox()).toSorted()).toEqual(['controlSandbox', 'demo', 'sandbox']);
});

test('an installation without it says so, and where it is', async () => {
  vi.mocked(existsSync).mockReturnValueOnce(false);
  await expect(loadSandbox()).rejects.toMatchObject({
    kind: 'NotFound',
    message: expect.stringContaining('this installation has no sandbox') as string,
    remedy: expect.stringMatching(/^Install oidc-registrar-sandbox .*npm run demo/) as string,
  });
});
