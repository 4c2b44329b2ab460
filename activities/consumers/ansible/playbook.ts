import { RegistrarError } from '../../../core/base/errors.ts';
import type { RotationConsumer, RotationJob } from '../../../core/run/rotation.ts';
import { consumerAt, wordsFor } from '../../../core/run/rotationTargets.ts';
import { targetHead, worktreeOf } from '../../branch/runBranch.ts';
import type { Deps } from '../../deps.ts';
import { commandLimits } from '../../kit/commandLimits.ts';
import type { LiveRotation } from '../liveConsumer.ts';

/** The playbook of a role, where registrar.yaml has a command that runs it. */
export const playbook: LiveRotation = {
  async check(deps, job, target) {
    if (target.by !== 'command') return;
    const program = deps.installation.ansible.apply?.command[0];
    if (program !== undefined && !(await deps.consumers.installed(program))) {
      throw new RegistrarError({
        system: 'Consumer',
        kind: 'Refused',
        message: `"${program}", which updates ${target.name}, is not on the worker's PATH`,
        remedy: 'Install it beside the worker, or correct ansible.apply.command in registrar.yaml.',
      });
    }
    await run(deps, job, target, 'check');
  },
  deliver: (deps, job, target) => run(deps, job, target, 'command'),
};

/** In a checkout of the target branch, as a person would. Throws `Failed`. */
async function run(deps: Deps, job: RotationJob, target: RotationConsumer, which: 'command' | 'check'): Promise<void> {
  const { apply } = deps.installation.ansible;
  const command = apply?.[which];
  if (apply === undefined || command === undefined) return;
  await deps.git.fetch();
  const words = wordsFor(job.client, consumerAt(job, target), command);
  const cwd = await deps.git.checkout(await targetHead(deps), worktreeOf(job));
  try {
    const { ok, said } = await deps.consumers.run({ ...commandLimits(apply.environment), words, cwd });
    if (ok) return;
    throw new RegistrarError({
      system: 'Consumer',
      kind: which === 'check' ? 'Refused' : 'Failed',
      message: `${target.name}: ${words.join(' ')} ended with ${said}`,
      remedy: `Mend what it says when you run it: ${words.join(' ')}`,
    });
  } finally {
    await deps.git.removeWorktree(worktreeOf(job));
  }
}
