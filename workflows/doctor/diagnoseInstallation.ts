import { setCurrentDetails } from '@temporalio/workflow';
import type { Diagnosis } from '../../core/doctor/finding.ts';
import { diagnosisMarkdown } from '../../core/doctor/markdown.ts';
import { diagnosis } from '../kit/activityOptions.ts';
import { ask } from '../kit/ask.ts';

/**
 * Looks at everything that the worker works with, without changing anything.
 *
 * - Started as `oidc-doctor`. It takes no input and no messages.
 * - Result: what was found of each system, well or not. What is amiss is a result: it fails only where no worker can look.
 */
export async function diagnoseInstallation(): Promise<Diagnosis> {
  setCurrentDetails('### looking at everything');
  const found = await ask(diagnosis, 'diagnose', 'everything that the worker works with');
  setCurrentDetails(diagnosisMarkdown(found));
  return found;
}
