import { isCancellation, setCurrentDetails } from '@temporalio/workflow';
import { boundedResult } from '../../core/check/bounds.ts';
import type { CheckBasis, CheckInput, CheckResult, CheckReport } from '../../core/check/finding.ts';
import { judge } from '../../core/check/judge.ts';
import { checkMarkdown } from '../../core/check/markdown.ts';
import type { SystemName } from '../../core/base/errors.ts';
import type { InstallationSummary } from '../../core/run/requests.ts';
import { reading } from '../kit/activityOptions.ts';
import { ask, describeInstallation } from '../kit/ask.ts';
import { ids } from '../kit/ids.ts';
import { clientOf } from '../kit/canonical.ts';
import { describeFailure, systemOf } from '../kit/failures.ts';
import { tellCheck } from '../kit/metrics.ts';

/**
 * Compares one client with every system and changes nothing, beside an open run too.
 *
 * - Started under any id, such as `oidc-check/<client>`.
 * - Input: the client's name. Result: what was found in each system, the worst of it where that is much. It takes no messages.
 * - Drift is its result, not a failure; a system that cannot be read is a finding, and the others are read all the same.
 */
export async function checkClient(input: CheckInput): Promise<CheckResult> {
  const client = clientOf({ client: (input as Partial<CheckInput> | null)?.client });
  setCurrentDetails(`### ${client}: looking`);
  const installation = await describeInstallation(client);
  const result = await checkOne(installation, client);
  setCurrentDetails(checkMarkdown(result));
  return result;
}

/** The looks at all systems but Temporal go side by side; which runs are open is asked before and after them. */
export async function checkOne(installation: InstallationSummary, client: string): Promise<CheckResult> {
  const { digest, timings, vault = 'oidc-registrar' } = installation;
  const options = reading(timings);
  let basis: CheckBasis;
  try {
    basis = await ask(options, 'checkBasis', `${client}: what is asked for`, { client, digest });
  } catch (error) {
    return unchecked(client, error);
  }
  const looks = await Promise.all([
    looked('Git', ask(options, 'checkGit', `${client}: the target branch`, basis)),
    looked('Kubernetes', ask(options, 'checkCluster', `${client}: the clusters`, basis)),
    looked('Authentik', ask(options, 'checkAuthentik', `${client}: Authentik`, basis)),
    looked(vault, ask(options, 'checkSecret', `${client}: the secret, wherever it is`, basis)),
  ]);
  const runs = ask(options, 'checkRuns', `${client}: what runs left behind`, basis);
  const open = await runs.then(
    (answer) => answer.open,
    () => [],
  );
  const all = [...looks, await looked('Temporal', runs)];
  return told(judge(client, all, [...new Set([...basis.open, ...open])], ids().client(client)));
}

/** The result where not even the registration could be read; what was refused is there and not as it should be. A cancel is passed on. */
export function unchecked(client: string, error: unknown): CheckResult {
  const look = unreadable('registration file', error);
  const refused = describeFailure(error).type === 'Refused';
  const findings = look.findings.map((each) => (refused ? { ...each, severity: 'drift' as const } : each));
  return told(judge(client, [{ present: refused, findings }], [], ids().client(client)));
}

function told(result: CheckResult): CheckResult {
  tellCheck(result);
  return boundedResult(result);
}

/** A cancel ends the check; anything else is what was found. */
async function looked(system: SystemName, look: Promise<CheckReport>): Promise<CheckReport> {
  try {
    return await look;
  } catch (error) {
    return unreadable(system, error);
  }
}

function unreadable(system: SystemName, error: unknown): CheckReport {
  if (isCancellation(error)) throw error;
  const { message, remedy } = describeFailure(error);
  const named = systemOf(error) ?? system;
  const what = message.startsWith(`${named}: `) ? message.slice(named.length + 2) : message;
  return { present: false, findings: [{ system: named, severity: 'unreadable', what, remedy }] };
}
