import { CHECK_ALL_WORKFLOW_ID, checkWorkflowId } from '../../core/check/finding.ts';
import { DOCTOR_WORKFLOW_ID } from '../../core/doctor/finding.ts';
import { planWorkflowId } from '../../core/plan/plan.ts';
import type { Recorder } from './recorder.ts';
import { MANUAL, story, type Story } from './story.ts';

const looked = (name: string, type: string, workflowId: string, input?: unknown): Story =>
  story(name, MANUAL, async (bed: Recorder) => {
    await bed.run('registerClient', 'zot');
    return bed.run(type, 'zot', input, workflowId);
  });

/** What changes nothing. */
export const LOOKS: readonly Story[] = [
  looked('checked', 'checkClient', checkWorkflowId('zot')),
  looked('checked-all', 'checkAllClients', CHECK_ALL_WORKFLOW_ID),
  story('diagnosed', MANUAL, (bed) => bed.run('diagnoseInstallation', '', undefined, DOCTOR_WORKFLOW_ID)),
  looked('planned', 'planClient', planWorkflowId('zot')),
];
