import type { StandInAnswer } from '../kit/http.ts';
import { RESOURCE_KINDS } from './resourceKinds.ts';

/** What clients ask before they ask for objects: versions and kinds. Undefined where the path is another one. */
export function discovery(path: string): StandInAnswer | undefined {
  if (path === '/api') return { status: 200, body: { kind: 'APIVersions', versions: ['v1'] } };
  if (path === '/version') return { status: 200, body: { major: '1', minor: '34', gitVersion: 'v1.34.0-sandbox' } };
  const match = /^\/(?:api|apis\/([^/]+))\/([^/]+)$/.exec(path);
  if (match === null) return undefined;
  const resources = RESOURCE_KINDS.filter((kind) => kind.group === (match[1] ?? '') && kind.version === match[2]).map(
    (kind) => ({
      name: kind.plural,
      singularName: kind.kind.toLowerCase(),
      namespaced: kind.namespaced,
      kind: kind.kind,
      verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
    }),
  );
  const groupVersion = match[1] === undefined ? match[2] : `${match[1]}/${match[2]}`;
  return resources.length === 0
    ? undefined
    : { status: 200, body: { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources } };
}
