import { stringify } from 'yaml';
import { clientNamed } from '../../test/fixtures/clients.ts';
import { ended, type Recorder } from './recorder.ts';
import { MANUAL, story, type Story } from './story.ts';
import { IDS } from '../../core/run/ids.ts';

const looked = (name: string, type: string, workflowId: string, input?: unknown): Story =>
  story(name, MANUAL, async (bed: Recorder) => {
    await bed.run('registerClient', 'zot');
    return bed.run(type, 'zot', input, workflowId);
  });

/** What changes nothing. */
export const LOOKS: readonly Story[] = [
  looked('checked', 'checkClient', IDS.check('zot')),
  looked('checked-all', 'checkAllClients', IDS.checkAll),
  {
    names: ['checked-all-in-parts', 'checked-all-the-rest'],
    setting: MANUAL,
    tell: async (bed) => {
      const files = { 'oidc-clients/another.yaml': stringify(clientNamed('another')) };
      await bed.world.repository.commitAs('ada', files, 'Another registration');
      const handle = await bed.start('checkAllClients', '', { perRun: 1 }, IDS.checkAll);
      await ended(handle);
      return [{ workflowId: handle.workflowId, runId: handle.firstExecutionRunId }, handle];
    },
  },
  story('diagnosed', MANUAL, (bed) => bed.run('diagnoseInstallation', '', undefined, IDS.doctor)),
  looked('planned', 'planClient', IDS.plan('zot')),
];
