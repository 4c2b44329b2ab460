import type { Job } from '../../core/run.ts';

/** What people still have to do when the run has ended well. */
export function remainingFor(job: Job): readonly string[] {
  const rendered = job.edits.some((edit) => edit.step === 'renderAnsibleFiles' && edit.kind !== 'alreadyThere');
  if (job.repair !== undefined && !job.repair.newSecret && !rendered) return [];
  return job.registration.spec.consumers.flatMap((consumer) =>
    consumer.kind === 'ansible'
      ? [`rendered, not applied: run ansible-playbook ${consumer.playbook} --tags ${consumer.tags.join(',')}`]
      : [],
  );
}

/** What is as asked but may surprise. */
export function warningsFor(job: Job): readonly string[] {
  const { access, groups } = job.registration.spec;
  const bound = 'groups' in access ? access.groups : undefined;
  const warnings: string[] = [];
  for (const group of groups) {
    if (bound === undefined || bound.includes(group.name)) continue;
    for (const account of group.serviceAccounts) {
      warnings.push(
        `service account ${account.username} cannot sign in at ${job.names.slug}: its group ${group.name} has no binding to the application`,
      );
    }
  }
  for (const consumer of job.registration.spec.consumers) {
    if (consumer.kind !== 'ansible' || consumer.guard !== 'default') continue;
    warnings.push(
      `guard: default: a run of role ${consumer.role} in which the secret was not read writes ${consumer.dest} with an empty secret`,
    );
  }
  if (job.registration.spec.consumers.length === 0) {
    warnings.push('no consumer: nothing delivers the secret beyond Authentik and the vault');
  }
  return warnings;
}
