import type { Installation } from '../installation/installation.ts';
import { targetOf } from '../kubernetes/consumerSecret.ts';
import { manualSteps } from '../names/manualSteps.ts';
import { type Job, changedBy, rendersFiles } from '../run/job.ts';

/** What people still have to do when the run has ended well. */
export function remainingFor(
  job: Pick<Job, 'registration' | 'edits' | 'repair' | 'names' | 'former'>,
  installation: Installation,
): readonly string[] {
  if (job.repair !== undefined && !job.repair.newSecret && !rendersFiles(job)) return [];
  const former = (job.former ?? [])
    .filter((_, i) => changedBy(job, `former preTasks/${i}`))
    .map(
      ({ role, dest }) =>
        `role ${role} no longer delivers the secret: take ${dest} off its host, and OIDC out of the service`,
    );
  const named = job.registration.spec.consumers.flatMap((consumer) => {
    switch (consumer.kind) {
      case 'ansible':
        // The run itself waits until a person has run it.
        if (consumer.apply === 'confirm') return [];
        return [`rendered, not applied: run ansible-playbook ${consumer.playbook} --tags ${consumer.tags.join(',')}`];
      case 'manual':
        return [`by hand, ${consumer.name}: ${manualSteps(consumer, job.names, installation)}`];
      case 'externalSecret':
        return consumer.restart.map(
          (name) =>
            `if Deployment ${consumer.namespace}/${name} runs already: kubectl -n ${consumer.namespace} rollout restart deployment ${name}, so that it reads Secret ${targetOf(consumer)}`,
        );
    }
  });
  return [...named, ...former];
}

/** What is as asked but may surprise. */
export function warningsFor(
  job: Pick<Job, 'registration' | 'names' | 'land' | 'landBy'>,
  { timings, authentik }: Installation,
): readonly string[] {
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
  if (job.landBy === 'pullRequest' && job.land === 'last') {
    warnings.push(
      `the run keeps the turn at Application ${authentik.application} until its pull request is merged or closed, ${hours(timings.mergeMs)} at most: where reviews take longer, use gitops.land: first`,
    );
  }
  return warnings;
}

function hours(ms: number): string {
  const rounded = Math.round(ms / 360_000) / 10;
  return `${rounded} ${rounded === 1 ? 'hour' : 'hours'}`;
}
