import { setCurrentDetails, uuid4 } from '@temporalio/workflow';
import type { ChangePlan, PlanInput } from '../../core/plan/plan.ts';
import { planMarkdown } from '../../core/plan/planMarkdown.ts';
import { reading } from '../kit/activityOptions.ts';
import { ask, describeInstallation } from '../kit/ask.ts';
import { clientOf } from '../kit/canonical.ts';

/**
 * What a registration would change, without changing anything: no turn is taken and no branch is made.
 *
 * - Started under any id, such as `oidc-plan/<client>`.
 * - Input: the client's name, with `repair`, or a whole registration. Result: the plan. It takes no messages.
 * - Fails where a run would be refused, with every problem at once.
 */
export async function planClient(input: PlanInput): Promise<ChangePlan> {
  const client = clientOf(input, ['repair']);
  setCurrentDetails(`### ${client}: planning`);
  const { digest, timings, warnings = [] } = await describeInstallation(client);
  const request = { input, client, changeId: uuid4(), digest };
  const plan = await ask(reading(timings), 'planChange', `${client}: what would change`, request);
  const warned = { ...plan, warnings: [...warnings, ...plan.warnings] };
  setCurrentDetails(planMarkdown(warned));
  return warned;
}
