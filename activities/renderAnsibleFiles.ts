import { RegistrarError } from '../core/errors.ts';
import type { Job, StepReport } from '../core/run.ts';
import { sameInstallation, type Deps } from './deps.ts';
import { assertStillLive } from './live.ts';
import { ensureEdits, worktreeOf } from './runBranch.ts';
import { beating } from './wait.ts';

/**
 * Edits role, template and playbook on the branch and lets Ansible's own parser read them, before against after: a
 * collection that is missing on the worker makes it fail on the old text as well.
 */
export async function renderAnsibleFiles(deps: Deps, job: Job): Promise<StepReport> {
  sameInstallation(deps, job.digest);
  const edited = job.edits.filter((edit) => edit.step === 'renderAnsibleFiles');
  if (edited.length === 0) return { note: 'no Ansible consumer' };
  return beating(async () => {
    await assertStillLive(deps, job, ['configMap', 'deployment', 'externalSecret']);
    const commit =
      job.land === 'last' ? await ensureEdits(deps, job, 'renderAnsibleFiles') : await landedCommit(deps, job);
    const warnings = await checkSyntax(deps, job, commit);
    return {
      created: edited.filter((edit) => edit.kind === 'created').map((edit) => edit.path),
      changed: edited.filter((edit) => edit.kind === 'changed').map((edit) => edit.path),
      alreadyRight: edited.filter((edit) => edit.kind === 'alreadyThere').map((edit) => edit.path),
      warnings,
      note: 'rendered, not applied',
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
  const playbooks = new Set(
    job.registration.spec.consumers.flatMap((consumer) => (consumer.kind === 'ansible' ? [consumer.playbook] : [])),
  );
  for (const playbook of playbooks) {
    const before = await deps.ansible.syntaxCheck(await deps.git.checkout(job.base, worktreeOf(job)), playbook);
    const after = await deps.ansible.syntaxCheck(await deps.git.checkout(commit, worktreeOf(job)), playbook);
    if (after !== undefined && before === undefined) throw broken(playbook, after);
  }
  return [];
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
