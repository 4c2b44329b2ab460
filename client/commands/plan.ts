import type { ChangePlan } from '../../core/plan.ts';
import { RegistrarError } from '../../core/errors.ts';
import { CHANGES, planDiff, planText, UNCHANGED } from '../output/plan.ts';
import { planOffline, type OfflineOptions } from './planOffline.ts';

export interface PlanOptions extends OfflineOptions {
  readonly offline: boolean;
  readonly write: boolean;
  readonly json: boolean;
  readonly diff: boolean;
}

/** Prints what a registration would change. Resolves with the exit code: 0 nothing, or it was written; 2 something. */
export async function plan(options: PlanOptions): Promise<number> {
  refuseMixture(options);
  if (!options.offline)
    throw usage('a plan of all systems is not there yet', 'Add --offline: the edits of files alone.');
  const { plan: found, files, workingCopy } = await planOffline(options);
  if (options.write) workingCopy.write(files);
  process.stdout.write(shown(found, options));
  if (options.write && files.length > 0) process.stderr.write(`Written: ${files.map(({ path }) => path).join(', ')}\n`);
  return found.unchanged || options.write ? UNCHANGED : CHANGES;
}

function shown(found: ChangePlan, { json, diff }: PlanOptions): string {
  if (json) return `${JSON.stringify(found, null, 2)}\n`;
  return diff ? planDiff(found) : `${planText(found)}\n`;
}

function refuseMixture({ client, registration, offline, write, installation, authentik }: PlanOptions): void {
  if (client === undefined && registration === undefined)
    throw usage('no client is named', 'Name a client, or give --registration FILE.');
  if (offline) return;
  const alone = {
    '--write': write,
    '--installation': installation !== undefined,
    '--authentik': authentik !== undefined,
  };
  const given = Object.entries(alone).flatMap(([name, is]) => (is ? [name] : []));
  if (given.length > 0) throw usage(`${given.join(', ')}: only with --offline`, 'Add --offline, or leave it out.');
}

function usage(message: string, remedy: string): RegistrarError {
  return new RegistrarError({ system: 'oidc-registrar', kind: 'BadInput', message, remedy });
}
