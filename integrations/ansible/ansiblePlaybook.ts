import { execa } from 'execa';
import type { AnsibleParser } from './ansible.ts';

/** Ansible's own parser on the worker's PATH. */
export function createAnsibleParser(timeoutMs: number): AnsibleParser {
  // No token of the worker may reach a playbook's plugins or an inventory script.
  const options = {
    timeout: timeoutMs,
    reject: false,
    stdin: 'ignore',
    extendEnv: false,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/', LC_ALL: 'C.UTF-8', ANSIBLE_NOCOLOR: '1' },
  } as const;
  return {
    async version() {
      const result = await execa('ansible-playbook', ['--version'], options);
      return result.exitCode === 0 ? result.stdout.split('\n')[0] : undefined;
    },
    async syntaxCheck(checkout, playbook) {
      const args = ['--syntax-check', '-i', 'localhost,', playbook];
      const result = await execa('ansible-playbook', args, { ...options, cwd: checkout });
      if (result.exitCode === 0) return undefined;
      return `${result.stderr}\n${result.stdout}`.trim().split('\n').slice(0, 8).join(' / ');
    },
  };
}
