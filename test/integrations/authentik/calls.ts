import { Secret } from '../../../core/base/secret.ts';
import type { Authentik } from '../../../integrations/authentik/authentik.ts';
import { SECRET } from '../../sandbox/authentik/lab.ts';

type Calls = Readonly<Record<string, (authentik: Authentik) => Promise<unknown>>>;

const API_CALLS: Calls = {
  version: (api) => api.version(),
  secretDialect: (api) => api.secretDialect(),
  secretsNamed: (api) => api.secretsNamed('x'),
  secretByPk: (api) => api.secretByPk('x'),
  permissions: (api) => api.permissions(undefined),
  'find a flow': (api) => api.find('flow', 'x'),
  'find a certificate': (api) => api.find('certificate', 'x'),
  'find a scope mapping': (api) => api.find('scopeMapping', 'x'),
  'find a scope mapping by name': (api) => api.find('namedMapping', 'x'),
  'find a group': (api) => api.find('group', 'x'),
  'find a user': (api) => api.find('user', 'x'),
  'find a policy': (api) => api.find('policy', 'x'),
  application: (api) => api.application('x'),
  providerByName: (api) => api.providerByName('x'),
  providerByClientId: (api) => api.providerByClientId('x'),
  providerByPk: (api) => api.providerByPk(1),
  bindings: (api) => api.bindings('x'),
  group: (api) => api.group('x'),
  groupByPk: (api) => api.groupByPk('x'),
  user: (api) => api.user('x'),
  instancesByPath: (api) => api.instancesByPath('x'),
  instancesByName: (api) => api.instancesByName('x'),
  available: (api) => api.available(),
  createInstance: (api) => api.createInstance('x', 'x.yaml'),
  apply: (api) => api.apply('x'),
  applyTasks: (api) => api.applyTasks('x'),
  discoveryWarnings: (api) => api.discoveryWarnings(),
  usedBy: (api) => api.usedBy('group', 'x'),
  remove: (api) => api.remove('group', 'x'),
};

export const OAUTH_CALLS: Calls = {
  testSecret: (api) => api.testSecret('x', new Secret(SECRET)),
  testRedirectUri: (api) => api.testRedirectUri('x', 'https://x.invalid', ['openid']),
  discoveryDocument: (api) => api.discoveryDocument('x'),
};

/** Every request of the interface. */
export const CALLS: Calls = { ...API_CALLS, ...OAUTH_CALLS };
