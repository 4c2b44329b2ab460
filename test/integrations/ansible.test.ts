import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createAnsibleParser } from '../../integrations/ansible/ansiblePlaybook.ts';
import { temporaryFolder } from '../fixtures/clusters.ts';
import { errorOf } from '../fixtures/errors.ts';

/** A worker whose PATH holds this program as `ansible-playbook`, or none. */
async function withProgram(
  script: string | undefined,
): Promise<{ readonly folder: string; readonly checkout: string }> {
  const folder = await temporaryFolder();
  const checkout = path.join(folder, 'check out');
  await mkdir(checkout);
  if (script !== undefined) {
    await writeFile(path.join(folder, 'ansible-playbook'), `#!/bin/sh\n${script}\n`);
    await chmod(path.join(folder, 'ansible-playbook'), 0o755);
  }
  vi.stubEnv('PATH', script === undefined ? folder : `${folder}${path.delimiter}/bin${path.delimiter}/usr/bin`);
  onTestFinished(() => void vi.unstubAllEnvs());
  return { folder, checkout };
}

describe('where ansible-playbook is not installed', () => {
  test('there is no version, and a check is not found, not a complaint about the playbook', async () => {
    const { checkout } = await withProgram(undefined);
    const parser = createAnsibleParser(2_000);
    expect(await parser.version()).toBeUndefined();
    const error = await errorOf(parser.syntaxCheck(checkout, 'site.yml', 'roles', true));
    expect(error).toMatchObject({ system: 'Ansible', kind: 'NotFound' });
    expect(error.remedy).toContain('ansible.syntaxCheck: off');
  });
});

describe('where it is', () => {
  test('its version is the first line that it says', async () => {
    await withProgram('echo "ansible-playbook [core 2.19.0]"; echo "  config file = None"');
    expect(await createAnsibleParser(2_000).version()).toBe('ansible-playbook [core 2.19.0]');
  });

  test('a version that cannot be told is none', async () => {
    await withProgram('echo broken installation >&2; exit 1');
    expect(await createAnsibleParser(2_000).version()).toBeUndefined();
  });

  test('a playbook that it accepts has no complaint; it is checked in its checkout, with a host list of its own', async () => {
    const { folder, checkout } = await withProgram(
      `pwd > "$(dirname "$0")/seen"; printf '%s\\n' "$@" >> "$(dirname "$0")/seen"`,
    );
    expect(await createAnsibleParser(2_000).syntaxCheck(checkout, '-dash site.yml', 'roles', true)).toBeUndefined();
    expect((await readFile(path.join(folder, 'seen'), 'utf8')).trim().split('\n')).toEqual([
      checkout,
      '--syntax-check',
      '-i',
      'localhost,',
      './-dash site.yml',
    ]);
  });

  test('a playbook that it refuses is told in its words, the first lines of them', async () => {
    const { checkout } = await withProgram('echo "[ERROR]: no such module" >&2; seq 1 20; exit 4');
    const complaint = await createAnsibleParser(2_000).syntaxCheck(checkout, 'site.yml', 'roles', true);
    expect(complaint).toBe('[ERROR]: no such module / 1 / 2 / 3 / 4 / 5 / 6 / 7');
  });

  test('one that does not end is unavailable in time', async () => {
    // Longer than a test may take.
    const { checkout } = await withProgram('exec sleep 30');
    const error = await errorOf(createAnsibleParser(200).syntaxCheck(checkout, 'site.yml', 'roles', true));
    expect(error).toMatchObject({ kind: 'Unavailable', retryable: true });
  });

  test('no token of the worker is in its environment', async () => {
    vi.stubEnv('OP_CONNECT_TOKEN', 'a-token');
    vi.stubEnv('OP_SERVICE_ACCOUNT_TOKEN', 'a-token');
    vi.stubEnv('AUTHENTIK_TOKEN', 'a-token');
    vi.stubEnv('ANYTHING', 'a-token');
    const { folder, checkout } = await withProgram('env > "$(dirname "$0")/env"');
    await createAnsibleParser(2_000).syntaxCheck(checkout, 'site.yml', 'roles', true);
    const names = (await readFile(path.join(folder, 'env'), 'utf8'))
      .split('\n')
      .map((line) => line.split('=')[0] ?? '')
      // What the shell itself sets.
      .filter((name) => !['', 'PWD', 'OLDPWD', 'SHLVL', '_'].includes(name));
    expect(names.toSorted()).toEqual([
      'ANSIBLE_CONFIG',
      'ANSIBLE_NOCOLOR',
      'ANSIBLE_RETRY_FILES_ENABLED',
      'ANSIBLE_ROLES_PATH',
      'HOME',
      'LC_ALL',
      'PATH',
    ]);
  });

  test('a pinned check runs nothing of the checkout that Ansible would load by itself', async () => {
    const { checkout } = await withProgram('find . -type f | sort; echo "$ANSIBLE_CONFIG"; exit 1');
    const files = [
      'ansible.cfg',
      'hosts/inventory_plugins/host_list.py',
      'hosts/site.yml',
      'roles/zot/Filter_Plugins/a.py',
      'roles/zot/library/b.py',
      'roles/zot/tasks/main.yml',
      'collections/ansible_collections/a/b/plugins/callback/c.py',
    ];
    const write = async () => {
      for (const file of files) {
        await mkdir(path.dirname(path.join(checkout, file)), { recursive: true });
        await writeFile(path.join(checkout, file), '');
      }
    };
    await write();
    const pinned = await createAnsibleParser(2_000).syntaxCheck(checkout, 'hosts/site.yml', 'roles', true);
    expect(pinned).toBe('./hosts/site.yml / ./roles/zot/tasks/main.yml / /dev/null');
    await write();
    const base = await createAnsibleParser(2_000).syntaxCheck(checkout, 'hosts/site.yml', 'roles', false);
    expect(base?.split(' / ')).toEqual(files.map((file) => `./${file}`).toSorted());
  });
});
