import { expect, it } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { renderAnsibleFiles } from '../../../activities/register/renderAnsibleFiles.ts';
import type { Job } from '../../../core/run/job.ts';
import type { ObjectRef } from '../../../integrations/kubernetes/cluster.ts';

// What was deployed ahead of the target branch may be taken away by a sync of somebody's. Then nobody is asked to work by it.

const CONTAINER = { name: 'worker', env: [{ name: 'ZOT' }] };
const LIVE: Readonly<Record<string, object>> = {
  ConfigMap: { data: { 'zot.yaml': 'ours' } },
  Deployment: { spec: { template: { spec: { containers: [CONTAINER] } } } },
  ExternalSecret: { spec: { data: [{ secretKey: 'zot-oidc' }] } },
};

/** Whoever looks so often finds the entry in the ExternalSecret; then somebody has synced the target branch. */
function depsWith(looks: number): Deps {
  let left = looks;
  return {
    installation: {
      gitops: { land: 'last', branch: 'main' },
      authentik: {
        deployBy: 'external',
        namespace: 'identity',
        externalSecret: { name: 'authentik' },
        blueprints: { configMap: 'blueprints' },
        deployment: { name: 'worker', container: 'worker' },
      },
    },
    cluster: {
      name: 'edge',
      get: async ({ kind }: ObjectRef) =>
        kind === 'ExternalSecret' && (left -= 1) < 0 ? { spec: { data: [] } } : LIVE[kind],
    },
  } as unknown as Deps;
}

function jobWith(apply: 'confirm' | 'command', land: 'first' | 'last' = 'last'): Job {
  const consumers = [{ kind: 'ansible', role: 'zot', playbook: 'site.yml', tags: ['zot'], apply }];
  return {
    client: 'zot',
    land,
    names: { secretKey: 'zot-oidc', envVar: 'ZOT', blueprintKey: 'zot.yaml' },
    blueprint: { text: 'ours' },
    registration: { spec: { consumers } },
    before: { vaultField: false },
    edits: ['externalSecret', 'deployment', 'configMap'].map((entry) => ({ entry, kind: 'edited' })),
  } as unknown as Job;
}

const GONE = { kind: 'Refused', message: expect.stringContaining('no longer holds the entry of zot') as string };

it('a step looks at what is live before a person is asked', async () => {
  await expect(renderAnsibleFiles(depsWith(0), jobWith('confirm'))).rejects.toMatchObject(GONE);
  await expect(renderAnsibleFiles(depsWith(1), jobWith('confirm'))).resolves.toBeDefined();
  await expect(renderAnsibleFiles(depsWith(0), jobWith('command'))).resolves.toBeDefined();
});

it('there is nothing to be taken away where the change has landed first', async () => {
  await expect(renderAnsibleFiles(depsWith(0), jobWith('confirm', 'first'))).resolves.toBeDefined();
});
