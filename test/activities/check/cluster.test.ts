import { expect, test } from 'vitest';
import { checkCluster } from '../../../activities/check/cluster.ts';
import type { Deps } from '../../../activities/deps.ts';
import { RegistrarError } from '../../../core/base/errors.ts';
import { type CheckBasis, type CheckReport, READ_TRIES } from '../../../core/check/finding.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import { resolveNames } from '../../../core/names/names.ts';
import { attemptIn } from '../../fixtures/attempts.ts';
import { caseInstallation, zotRegistration } from '../../fixtures/zot.ts';

test('an ExternalSecret that cannot be read is told once, where no mount hangs on it', async () => {
  const installation = installationSchema.parse(caseInstallation);
  const registration = checkRegistration(zotRegistration, 'test');
  const silent = new RegistrarError({
    system: 'External Secrets',
    kind: 'Unavailable',
    message: 'ExternalSecret authentik-config cannot be read',
    remedy: 'See that the API server answers.',
  });
  const deps = {
    installation,
    git: { readFile: async () => undefined, filesHolding: async () => [] },
    cluster: { name: 'ringtail', get: async () => undefined, list: async () => [] },
    deployments: { rollout: async () => ({ complete: true, replicas: 1, env: [] }) },
    externalSecrets: { read: async () => Promise.reject(silent) },
  } as unknown as Deps;
  const names = resolveNames(registration, installation);
  const basis = { client: 'zot', registration, names, base: 'base' } as unknown as CheckBasis;
  const last = attemptIn(async () => undefined, { attempt: READ_TRIES });
  const { findings }: CheckReport = await last.run(() => checkCluster(deps, basis));
  expect(findings.filter(({ severity }) => severity === 'unreadable')).toHaveLength(1);
});
