import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { RegistrarError } from '../../core/base/errors.ts';
import { masked } from '../../core/masking/masked.ts';
import { MAX_OUTPUT, saidTooMuch } from '../output.ts';
import type { AnsibleParser } from './ansible.ts';

/** So many lines of a complaint are shown; the rest repeats it. */
const LINES = 8;

/** Ansible's own parser on the worker's PATH. */
export function createAnsibleParser(timeoutMs: number): AnsibleParser {
  const run = (args: readonly string[], cwd?: string, rolesPath?: string, pinned = true) =>
    execa('ansible-playbook', args, {
      timeout: timeoutMs,
      maxBuffer: MAX_OUTPUT,
      reject: false,
      stdin: 'ignore',
      extendEnv: false,
      env: {
        ...environment(),
        ...(rolesPath === undefined ? {} : { ANSIBLE_ROLES_PATH: rolesPath }),
        // An empty file stands for every ansible.cfg, that of the worker's user too.
        ...(pinned ? { ANSIBLE_CONFIG: '/dev/null' } : {}),
      },
      ...(cwd === undefined ? {} : { cwd }),
    });
  return {
    async version() {
      const result = await run(['--version']);
      return result.exitCode === 0 ? result.stdout.split('\n')[0] : undefined;
    },
    async syntaxCheck(checkout, playbook, rolesPath, pinned) {
      if (pinned) await removePrograms(checkout);
      // A leading dash of a file's name is no option.
      const result = await run(
        ['--syntax-check', '-i', 'localhost,', `./${playbook}`],
        checkout,
        path.join(checkout, rolesPath),
        pinned,
      );
      if (result.exitCode === 0) return undefined;
      if (result.isMaxBuffer) return `ansible-playbook --syntax-check ${saidTooMuch()}`;
      if (result.exitCode === undefined) throw notRun(result.timedOut, timeoutMs);
      // The worker's own folders say nothing to people.
      return masked(`${result.stderr}\n${result.stdout}`)
        .replaceAll(`${checkout}/`, '')
        .trim()
        .split('\n')
        .slice(0, LINES)
        .join(' / ');
    },
  };
}

/** What Ansible loads from beside a playbook or a role without being told (its documentation, "Adding modules and plugins locally"). */
const LOADED = /^(ansible\.cfg|.*_plugins|library|module_utils|collections)$/i;

/** Takes out of a checkout what would run on the worker: a worktree is made clean again whenever it is used. */
async function removePrograms(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const here = path.join(folder, entry.name);
    if (LOADED.test(entry.name)) await rm(here, { recursive: true, force: true });
    else if (entry.isDirectory() && entry.name !== '.git') await removePrograms(here);
  }
}

/** No token of the worker may reach a playbook's plugins or an inventory script. */
function environment(): Record<string, string> {
  const { PATH = '', HOME = '/' } = process.env;
  return { PATH, HOME, LC_ALL: 'C.UTF-8', ANSIBLE_NOCOLOR: '1', ANSIBLE_RETRY_FILES_ENABLED: '0' };
}

function notRun(timedOut: boolean, timeoutMs: number): RegistrarError {
  return new RegistrarError({
    system: 'Ansible',
    kind: timedOut ? 'Unavailable' : 'NotFound',
    message: timedOut
      ? `ansible-playbook --syntax-check did not end within ${timeoutMs} ms`
      : 'ansible-playbook could not be run',
    remedy: timedOut
      ? 'Try the check by hand; set ansible.syntaxCheck: off in registrar.yaml to go without it.'
      : 'Install ansible-core beside the worker, or set ansible.syntaxCheck: off in registrar.yaml.',
  });
}
