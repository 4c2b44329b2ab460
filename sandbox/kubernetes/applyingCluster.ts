import { RegistrarError, type ErrorKind } from '../../core/base/errors.ts';
import { refusalOf, send, type Answer } from '../../integrations/kubernetes/apiAnswer.ts';
import { createCluster, type ClusterOptions } from '../../integrations/kubernetes/clientNode.ts';
import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { Connections } from '../../integrations/kubernetes/connections.ts';
import { loadLibrary } from '../../integrations/kubernetes/library.ts';
import { describe, pathOf, refOf } from '../../integrations/kubernetes/paths.ts';

/** A field that another manager holds with another value, as `.spec.data`. */
interface ApplyConflict {
  readonly manager: string;
  readonly field: string;
}

/** What a server-side apply came to: the object as it is (or would be), or whose fields stand against it. */
type Applied = { readonly object: KubernetesObject } | { readonly conflicts: readonly ApplyConflict[] };

/** A cluster as GitOps controllers and people reach it. The job's own client cannot apply. */
export interface ApplyingCluster extends Cluster {
  /**
   * Server-side apply of these fields under the field manager; what the manager applied before and does not name now is taken
   * away, unless another one holds it too. `force` takes fields over from others. With a resourceVersion in the object another
   * one is `Conflict`. `dryRun` asks the server and changes nothing. Throws as all methods of {@link Cluster} do.
   */
  apply(object: KubernetesObject, options?: { readonly force?: boolean; readonly dryRun?: boolean }): Promise<Applied>;
}

type Options = ClusterOptions & { readonly kubeconfig: string; readonly fieldManager: string };

export async function createApplyingCluster(options: Options): Promise<ApplyingCluster> {
  const { createConfiguration, HttpMethod, KubeConfig, ServerConfiguration } = await loadLibrary();
  const config = new KubeConfig();
  config.loadFromFile(options.kubeconfig);
  const server = config.getCurrentCluster()?.server ?? '';
  const { baseServer } = createConfiguration({ baseServer: new ServerConfiguration(server, {}) });
  const connections = new Connections();
  const apply: ApplyingCluster['apply'] = async (object, { force = false, dryRun = false } = {}) => {
    const ref = refOf(object);
    const request = baseServer.makeRequestContext(pathOf(ref, ref.name), HttpMethod.PATCH);
    request.setQueryParam('fieldManager', options.fieldManager);
    if (force) request.setQueryParam('force', 'true');
    if (dryRun) request.setQueryParam('dryRun', 'All');
    request.setHeaderParam('Content-Type', 'application/apply-patch+yaml');
    request.setBody(JSON.stringify(object));
    await config.applySecurityAuthentication(request);
    return outcomeOf(
      await send(request, connections, AbortSignal.timeout(options.timeoutMs)),
      `apply ${describe(ref)}`,
    );
  };
  return Object.assign(await createCluster(options), { apply });
}

function outcomeOf(answer: Answer, what: string): Applied {
  const { status, text } = answer;
  if (status >= 200 && status < 300) return { object: JSON.parse(text) as KubernetesObject };
  const conflicts = status === 409 ? conflictsOf(answer) : [];
  if (conflicts.length > 0) return { conflicts };
  const message = `cannot ${what}: ${status} ${refusalOf(answer)?.message ?? text}`;
  throw new RegistrarError({ system: 'Kubernetes', kind: KINDS[status] ?? 'Unavailable', status, message, remedy: '' });
}

const KINDS: Readonly<Record<number, ErrorKind>> = {
  400: 'BadInput',
  401: 'Unauthorized',
  403: 'Unauthorized',
  404: 'NotFound',
  409: 'Conflict',
  422: 'BadInput',
};

/** Causes of the reason FieldManagerConflict (apimachinery, `NewApplyConflict`); none where somebody wrote at the same time. */
function conflictsOf(answer: Answer): readonly ApplyConflict[] {
  return (refusalOf(answer)?.details?.causes ?? [])
    .filter(({ reason }) => reason === 'FieldManagerConflict')
    .map(({ message = '', field = '' }) => ({
      manager: /^conflict with "((?:[^"\\]|\\.)*)"/.exec(message)?.[1] ?? message,
      field,
    }));
}
