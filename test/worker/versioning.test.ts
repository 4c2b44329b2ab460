import { expect, test } from 'vitest';
import { VERSION } from '../../core/base/version.ts';
import { versioningOptions, workerVersion } from '../../worker/versioning.ts';

test('a worker has a version where a deployment is named, and takes every task elsewhere', () => {
  expect(workerVersion({})).toBeUndefined();
  expect(workerVersion({ TEMPORAL_DEPLOYMENT_NAME: '', TEMPORAL_WORKER_BUILD_ID: ' ' })).toBeUndefined();
  expect(versioningOptions(undefined)).toEqual({});
  const named = { TEMPORAL_DEPLOYMENT_NAME: 'oidc-registrar' };
  expect(workerVersion(named)).toEqual({ deploymentName: 'oidc-registrar', buildId: VERSION });
  const version = workerVersion({ ...named, TEMPORAL_WORKER_BUILD_ID: 'a1b2' });
  expect(versioningOptions(version).workerDeploymentOptions).toMatchObject({
    version: { deploymentName: 'oidc-registrar', buildId: 'a1b2' },
    useWorkerVersioning: true,
  });
});

test.each([
  [
    'a build without a deployment',
    { TEMPORAL_WORKER_BUILD_ID: '1' },
    /BUILD_ID is set without TEMPORAL_DEPLOYMENT_NAME/,
  ],
  ['a name that Temporal would split', { TEMPORAL_DEPLOYMENT_NAME: 'a.b' }, /DEPLOYMENT_NAME has a "\."/],
  ["a name that is Temporal's own", { TEMPORAL_DEPLOYMENT_NAME: '__x' }, /begins with "__"/],
])('%s is refused', (_what, env, message) => {
  expect(() => workerVersion(env)).toThrow(message);
});
