import { createHash } from 'node:crypto';
import type { Cluster } from '../../integrations/kubernetes/cluster.ts';
import type { Reconciler } from './controller.ts';
import { milliseconds } from './duration.ts';
import { isSuspended, SOURCE_API } from './kinds.ts';
import { Report } from './report.ts';
import { artifactOf } from './sourceController.ts';

/** Stand-in for source-controller where charts come from: whatever the address, the chart is there. */
export function chartSources(cluster: Cluster, kind: 'OCIRepository' | 'HelmRepository'): Reconciler {
  return {
    apiVersion: SOURCE_API,
    kind,
    async reconcile(object) {
      const report = new Report(cluster, object);
      const { interval = '1m', url, ref = {} } = object['spec'] as Spec;
      report.handled();
      if (!isSuspended(object)) {
        const digest = `sha256:${createHash('sha256')
          .update(JSON.stringify([url, ref]))
          .digest('hex')}`;
        const revision = kind === 'OCIRepository' ? `${ref.tag ?? 'latest'}@${digest}` : digest;
        const { namespace, name } = object.metadata;
        const path = `${kind.toLowerCase()}/${namespace}/${name}/${digest.slice(7)}.tar.gz`;
        if (report.status['artifact']?.revision !== revision)
          report.status['artifact'] = artifactOf(revision, path, revision);
        const message = `stored artifact ${kind === 'OCIRepository' ? 'for digest' : 'of size'} '${revision}'`;
        for (const type of ['ArtifactInStorage', 'Ready']) report.mark(type, 'True', 'Succeeded', message);
        report.observed();
      }
      await report.write();
      return milliseconds(interval);
    },
  };
}

interface Spec {
  readonly interval?: string;
  readonly url: string;
  readonly ref?: { readonly tag?: string };
}
