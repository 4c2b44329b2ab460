import { RegistrarError } from '../../core/base/errors.ts';
import type { AnsibleConsumer } from '../../core/consumers/ansible/schema.ts';
import { type Job, editReport } from '../../core/run/job.ts';
import type { StepReport } from '../../core/run/reports.ts';
import type { Deps } from '../deps.ts';
import { assertStillLive } from '../deploy/stillLive.ts';
import { ensureEdits } from '../branch/commits.ts';
import { worktreeOf } from '../branch/runBranch.ts';
import { withHeartbeat } from '../kit/wait.ts';

/**
 * Edits role, template and playbook on the branch and lets Ansible's own parser read them, before against after: a
 * collection that is missing on the worker makes it fail on the old text as well.
 */
export async function renderAnsibleFiles(deps: Deps, job: Job): Promise<StepReport> {
  const { consumers } = job.registration.spec;
  if (!job.edits.some(({ step }) => step === 'renderAnsibleFiles'))
    return { note: 'no Ansible consumer, no further file' };
  return withHeartbeat(async () => {
    await assertStillLive(deps, job, ['configMap', 'deployment', 'externalSecret']);
    const commit =
      job.land === 'last' ? await ensureEdits(deps, job, 'renderAnsibleFiles') : await landedCommit(deps, job);
    const warnings = await checkSyntax(deps, job, commit);
    return {
      ...editReport(job, 'renderAnsibleFiles'),
      warnings,
      note: consumers.some(({ kind }) => kind === 'ansible') ? 'rendered, not applied' : 'written',
    };
  });
}

async function landedCommit(deps: Deps, job: Job): Promise<string> {
  await deps.git.fetch();
  return (await deps.git.head(job.branch)) ?? (await deps.git.head(deps.installation.gitops.branch)) ?? job.base;
}

async function checkSyntax(deps: Deps, job: Job, commit: string): Promise<readonly string[]> {
  const { syntaxCheck } = deps.installation.ansible;
  if (syntaxCheck === 'off') return [];
  if ((await deps.ansible.version()) === undefined) return parserMissing(syntaxCheck);
  const warnings: string[] = [];
  for (const consumer of job.registration.spec.consumers) {
    if (consumer.kind === 'ansible') warnings.push(...(await checkPlaybook(deps, job, commit, consumer)));
  }
  return warnings;
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
    return ['ansible-playbook is not installed beside the worker: the playbook was checked as YAML only'];
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
