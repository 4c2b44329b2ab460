import { stringify } from 'yaml';
import { CHECK_ALL_WORKFLOW_ID, checkWorkflowId } from '../../core/check/finding.ts';
import { DOCTOR_WORKFLOW_ID } from '../../core/doctor/finding.ts';
import { planWorkflowId } from '../../core/plan/plan.ts';
import { clientNamed } from '../../test/fixtures/clients.ts';
import { ended, type Recorder } from './recorder.ts';
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
  {
    names: ['checked-all-in-parts', 'checked-all-the-rest'],
    setting: MANUAL,
    tell: async (bed) => {
      const files = { 'oidc-clients/another.yaml': stringify(clientNamed('another')) };
      await bed.world.repository.commitAs('ada', files, 'Another registration');
      const handle = await bed.start('checkAllClients', '', { perRun: 1 }, CHECK_ALL_WORKFLOW_ID);
      await ended(handle);
      return [{ workflowId: handle.workflowId, runId: handle.firstExecutionRunId }, handle];
    },
  },
  story('diagnosed', MANUAL, (bed) => bed.run('diagnoseInstallation', '', undefined, DOCTOR_WORKFLOW_ID)),
  looked('planned', 'planClient', planWorkflowId('zot')),
];
