import { RegistrarError } from '../../../core/base/errors.ts';
import type { AnsibleConsumer } from '../../../core/consumers/ansible/schema.ts';
import type { Job } from '../../../core/run/job.ts';
import { worktreeOf } from '../../branch/runBranch.ts';
import type { Deps } from '../../deps.ts';

/**
 * Lets Ansible's own parser read the playbooks, before against after: a collection that is missing on the worker makes it fail on the
 * old text as well.
 */
export async function checkSyntax(
  deps: Deps,
  job: Job,
  commit: string,
  consumers: readonly AnsibleConsumer[],
): Promise<readonly string[]> {
  const { syntaxCheck } = deps.installation.ansible;
  if (syntaxCheck === 'off') return [];
  const lacking = await lacksParser(deps);
  if (lacking.length > 0) return lacking;
  const warnings: string[] = [];
  for (const consumer of consumers) warnings.push(...(await checkPlaybook(deps, job, commit, consumer)));
  return warnings;
}

/** Whether the parser is there that registrar.yaml asks for. Throws `NotFound`. */
export async function lacksParser({
  installation,
  ansible,
}: Pick<Deps, 'installation' | 'ansible'>): Promise<readonly string[]> {
  const { syntaxCheck } = installation.ansible;
  if (syntaxCheck === 'off' || (await ansible.version()) !== undefined) return [];
  return parserMissing(syntaxCheck);
}

/** A playbook that the parser refused before our edit as well (a collection is missing, say) proves nothing. */
async function checkPlaybook(
  deps: Deps,
  job: Job,
  commit: string,
  { playbook, rolesPath }: AnsibleConsumer,
): Promise<readonly string[]> {
  const pinned = deps.installation.policy.ansible.config === 'pinned';
  const look = async (at: string): Promise<string | undefined> =>
    deps.ansible.syntaxCheck(await deps.git.checkout(at, worktreeOf(job)), playbook, rolesPath, pinned);
  const after = await look(commit);
  if (after === undefined) return [];
  const before = await look(job.base);
  if (before === undefined) throw broken(playbook, after);
  return [
    `ansible-playbook --syntax-check ${playbook} fails without our edit too, so it proves nothing${pinned ? ' (it reads no ansible.cfg, plugin or collection of the repository; policy.ansible.config: base lets it)' : ''}: ${before}`,
  ];
}

function parserMissing(wanted: 'auto' | 'required'): readonly string[] {
  if (wanted === 'auto')
    return ['ansible-playbook is not installed beside the worker: playbooks are checked as YAML only'];
  throw new RegistrarError({
    system: 'Ansible',
    kind: 'NotFound',
    message: 'ansible-playbook is not on the PATH of the worker, and registrar.yaml requires its syntax check',
    remedy: 'Install ansible-core beside the worker, or set ansible.syntaxCheck to auto.',
  });
}

function broken(playbook: string, complaint: string): RegistrarError {
  return new RegistrarError({
    system: 'Ansible',
    kind: 'Failed',
    message: `ansible-playbook --syntax-check ${playbook} passes before the edit and fails after it: ${complaint}`,
    remedy: 'Look at the role, place and names of the consumer in the registration file.',
  });
}
