import { randomUUID } from 'node:crypto';
import type { ChangePlan, PlanInput } from '../../core/plan/plan.ts';
import { staticWords } from '../../core/run/staticWords.ts';
import { asTyped } from '../asTyped.ts';
import { connectClient } from '../connect.ts';
import { FAILED, NOT_AS_ASKED, WELL } from '../output/exitCodes.ts';
import { planDiff, planText } from '../output/plan.ts';
import { tellFailure } from '../output/tellFailure.ts';
import { hintWhileWaiting } from '../output/waiting.ts';
import { askTemporal } from '../temporalErrors.ts';
import { chosenClient } from '../chosenClient.ts';
import { usage } from '../usage.ts';
import { planOffline, type OfflineOptions } from './planOffline.ts';
import { ids } from '../ids.ts';

export interface PlanOptions extends OfflineOptions {
  readonly offline: boolean;
  readonly write: boolean;
  /** What a repair would change. */
  readonly repair: boolean;
  readonly json: boolean;
  readonly diff: boolean;
  /** Tell by the exit code whether anything would change. */
  readonly exitCode: boolean;
}

/** Prints what a registration would change. Resolves with the exit code: 0; with `exitCode` 2 where something would change and is not written. */
export async function plan(options: PlanOptions): Promise<number> {
  refuseMixture(options);
  if (!options.offline) return online(options);
  const { plan: found, files, workingCopy } = await planOffline(options);
  if (options.write) workingCopy.write(files);
  process.stdout.write(shown(found, options));
  if (options.write && files.length > 0) process.stderr.write(`Written: ${files.map(({ path }) => path).join(', ')}\n`);
  return found.unchanged || options.write || !options.exitCode ? WELL : NOT_AS_ASKED;
}

/** By the workflow, which asks every system. Resolves with the exit code: 1 where a run would be refused. */
async function online(options: PlanOptions): Promise<number> {
  const { repair, client } = options;
  const { name, registration } = chosenClient(client, options.registration);
  const input: PlanInput = registration ?? { client: name, ...(repair ? { repair } : {}) };
  const temporal = await connectClient();
  const plain = registration === undefined && !repair;
  const handle = await askTemporal(() =>
    temporal.workflow.start('planClient', {
      taskQueue: ids().taskQueue,
      // Who asks the same may share the answer.
      workflowId: plain ? ids().plan(name) : `${ids().plan(name)}/${randomUUID()}`,
      workflowIdConflictPolicy: 'USE_EXISTING',
      args: [input],
      ...staticWords('planClient', 'the command line', name),
    }),
  );
  try {
    const found = await hintWhileWaiting<ChangePlan>(handle);
    process.stdout.write(shown(found, options));
    for (const { path, hidden } of options.diff ? found.files : [])
      if (hidden !== undefined) process.stderr.write(`${path} is not shown: ${hidden}\n`);
    return found.unchanged || !options.exitCode ? WELL : NOT_AS_ASKED;
  } catch (error) {
    tellFailure(error, options.json, name);
    return FAILED;
  }
}

function shown(found: ChangePlan, { json, diff }: PlanOptions): string {
  if (json) return `${JSON.stringify(found, null, 2)}\n`;
  return diff ? planDiff(found) : asTyped(`${planText(found)}\n`);
}

function refuseMixture({ client, registration, repair, offline, write, installation, authentik }: PlanOptions): void {
  if (client === undefined && registration === undefined)
    throw usage('no client is named', 'Name a client, or give --file FILE.');
  if (repair && (offline || registration !== undefined))
    throw usage('--repair: not with --offline or --file', 'Name the client alone.');
  if (offline) return;
  const alone = {
    '--write': write,
    '--installation': installation !== undefined,
    '--authentik': authentik !== undefined,
  };
  const given = Object.entries(alone).flatMap(([name, is]) => (is ? [name] : []));
  if (given.length > 0) throw usage(`${given.join(', ')}: only with --offline`, 'Add --offline, or leave it out.');
}
