import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';

// A generated client has thousands of modules, and a worker would load them all before it asks for its first task.

/** How many modules of a package a process has loaded, once it has loaded a file of ours by `load`. */
async function modulesOf(name: string, load: string): Promise<number> {
  const counting = `
    import module from 'node:module';
    const seen = new Set();
    module.registerHooks({ load: (url, context, next) => (seen.add(url), next(url, context)) });
    ${load}
    process.stdout.write(String([...seen].filter((url) => url.includes('/node_modules/${name}/')).length));`;
  const cwd = fileURLToPath(new URL('../../', import.meta.url));
  const { stdout } = await execa(process.execPath, ['--input-type=module', '--eval', counting], { cwd });
  return Number(stdout);
}

test('of the client of Kubernetes its reader of kubeconfigs is loaded, and no model', async () => {
  const load = `await (await import('./integrations/kubernetes/library.ts')).loadLibrary();`;
  const loaded = await modulesOf('@kubernetes/client-node', load);
  expect(loaded).toBeGreaterThan(5);
  expect(loaded).toBeLessThan(50);
});

test('of the client of Authentik what we ask is loaded, and what that answers', async () => {
  const loaded = await modulesOf('@goauthentik/api', `await import('./integrations/authentik/library.ts');`);
  expect(loaded).toBeGreaterThan(10);
  expect(loaded).toBeLessThan(1_000);
});
