import { breachesToday, policyWarning } from '../../core/check/policy.ts';
import { breaches, probesOf } from '../../core/policy/judge.ts';
import { standingOf } from '../../core/policy/standing.ts';
import type { RotationJob } from '../../core/run/rotation.ts';
import { canonicalWorkflowId } from '../../core/run/requests.ts';
import type { Deps } from '../deps.ts';
import { refusalOf } from '../preflight/policy.ts';
import type { Problems } from '../preflight/problems.ts';

/**
 * Of a client that is registered as it asks: adds what the policy refuses of that which no edit holds and which has come since, the
 * address of a probe, and returns as warnings what it would refuse of the rest. A client whose runs nobody remembers is as registered.
 */
export async function judgeRegistered(deps: Deps, job: RotationJob, problems: Problems): Promise<readonly string[]> {
  const { policy } = deps.installation;
  const { registration, names, edits, client } = job;
  const registered = await deps.runs.registeredAs(canonicalWorkflowId(client));
  const known = (registered ?? registration).spec.consumers;
  const standing = {
    ...standingOf(registration, edits, { redirectUris: [], bound: undefined, groups: [] }),
    probes: probesOf(known),
  };
  const refused = breaches({ registration, names, inline: false }, policy, standing);
  for (const breach of refused) problems.add(refusalOf(breach));
  return breachesToday({ registration, names }, policy).map(policyWarning);
}
