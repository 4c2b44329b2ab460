import {
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  upsertSearchAttributes,
  uuid4,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/createActivities.ts';
import type { ChangePlan, PlanInput } from '../../core/plan/plan.ts';
import { planMarkdown } from '../../core/plan/planMarkdown.ts';
import { reading } from '../kit/activityOptions.ts';
import { clientOf } from '../kit/canonical.ts';

const local = proxyLocalActivities<Activities>({ startToCloseTimeout: '30 seconds', retry: { maximumAttempts: 5 } });

/**
 * What a registration would change, without changing anything: no turn is taken and no branch is made. Fails where a run would be
 * refused, with every problem at once.
 */
export async function planClient(input: PlanInput): Promise<ChangePlan> {
  const client = clientOf(input, ['repair']);
  setCurrentDetails(`### ${client}: planning`);
  const installation = await local.describeInstallation();
  if (installation.searchable) upsertSearchAttributes({ OidcClient: [client] });
  const options = { ...reading(installation.timings), summary: `${client}: what would change` };
  const plan = await proxyActivities<Activities>(options).planChange.executeWithOptions(options, [
    { input, client, changeId: uuid4(), digest: installation.digest },
  ]);
  const warned = { ...plan, warnings: [...(installation.warnings ?? []), ...plan.warnings] };
  setCurrentDetails(planMarkdown(warned));
  return warned;
}
