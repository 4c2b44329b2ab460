import { enumerated } from '../base/words.ts';
import { BINDING } from '../edits/blueprint/models.ts';
import { keysOf } from '../kubernetes/ourEntries.ts';
import { deliveredOf } from '../names/delivered.ts';
import { fillPattern } from '../names/names.ts';
import { formerConsumers, kindOf } from '../consumers/consumersOf.ts';
import type { Installation } from '../installation/installation.ts';
import { substitutionOf } from '../kubernetes/substitution.ts';
import type { Registration } from '../registration/registration.ts';
import { isLoopback } from '../policy/hosts.ts';
import { type Job, changedBy, rendersFiles } from '../run/job.ts';

/** What people still have to do when the run has ended well. */
export function remainingFor(
  job: Pick<Job, 'registration' | 'edits' | 'repair' | 'names' | 'former' | 'formerSecrets'>,
  installation: Installation,
): readonly string[] {
  if (job.repair !== undefined && !job.repair.newSecret && !rendersFiles(job)) return [];
  const former = formerConsumers(job)
    .filter(({ written, entry }) => changedBy(job, entry(written.readsField)))
    .flatMap(({ consumer, written }) => written.remainingOfFormer?.(consumer) ?? []);
  const client = { names: job.names, installation };
  return [
    ...job.registration.spec.consumers.flatMap((consumer) => kindOf(consumer).remaining(consumer, client)),
    ...former,
  ];
}

/** What is as asked but may surprise. */
export function warningsFor(
  job: Pick<Job, 'registration' | 'names' | 'land' | 'landBy'>,
  installation: Installation,
): readonly string[] {
  const { timings, authentik, naming } = installation;
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
  const { blueprintKey } = job.names;
  const isOwn =
    blueprintKey ===
    fillPattern(naming.blueprintKey, job.registration.metadata.name, job.registration.spec.displayName);
  const keys = keysOf(job.names);
  if (keys.length > 1 || (!isOwn && blueprintKey !== authentik.blueprints.section))
    warnings.push(
      `its entries stand in ${keys.length === 1 ? 'section' : 'sections'} ${enumerated(keys)} of ConfigMap ${authentik.blueprints.configMap}: that is where a run changes them`,
    );
  const bindings = (job.names.further ?? []).find(({ entries }) =>
    entries.some((key) => key.startsWith(`${BINDING} `)),
  );
  if (bindings !== undefined)
    warnings.push(
      `its bindings stand in section ${bindings.blueprintKey} and its application in ${blueprintKey}: where that application has to be ` +
        'made again, as by a repair or an undo, everyone may sign in until the other section is applied; put both into one section',
    );
  warnings.push(...unencryptedWarnings(job.registration), ...escapedWarnings(job.registration, installation));
  warnings.push(...job.registration.spec.consumers.flatMap((consumer) => kindOf(consumer).warnings?.(consumer) ?? []));
  if (job.registration.spec.consumers.length === 0 && deliveredOf(job.names).length > 0) {
    warnings.push('no consumer: nothing delivers the secret beyond Authentik and the vault');
  }
  if (job.landBy === 'pullRequest' && job.land === 'last') {
    warnings.push(
      `the run keeps the turn at Application ${authentik.application} until its pull request is merged or closed, ${hours(timings.mergeMs)} at most: where reviews take longer, use gitops.land: first`,
    );
  }
  return warnings;
}

/** Redirect URIs by which a code crosses a network that anybody may listen to (RFC 9700 forbids them, but on the machine itself). */
function unencryptedWarnings({ spec }: Registration): readonly string[] {
  const open = spec.redirectUris.filter(
    ({ url, matchingMode, type }) =>
      matchingMode === 'strict' && type === undefined && /^http:/i.test(url) && !isLoopback(new URL(url).hostname),
  );
  return open.map(
    ({ url }) =>
      `redirect URI ${url} is not encrypted: who sees a login's code on its way may use it; say https where it can be had`,
  );
}

/** What looks like a variable of Flux's in a registration, where the job writes a blueprint so that the text itself arrives. */
function escapedWarnings({ spec }: Registration, installation: Installation): readonly string[] {
  if (substitutionOf(installation, undefined)?.values === undefined) return [];
  const { consumers: _consumers, files: _files, ...written } = spec;
  return [...new Set(JSON.stringify(written).match(/\$\{[\p{L}\p{Nd}_]+[^}"]*\}/gu))].map(
    (variable) =>
      `the registration says ${variable}, and no value is put there: Flux does so in blueprints alone, where the job writes it in a way that ` +
      'this very text arrives; write the value',
  );
}

function hours(ms: number): string {
  const rounded = Math.round(ms / 360_000) / 10;
  return `${rounded} ${rounded === 1 ? 'hour' : 'hours'}`;
}
