import { createHash } from 'node:crypto';
import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { ManifestError } from '../argocd/manifestError.ts';
import { resolveRevision } from '../argocd/manifests.ts';
import type { Faults } from '../faults/faults.ts';
import type { Reconciler } from './controller.ts';
import { milliseconds } from './duration.ts';
import { isSuspended, SOURCE_API } from './kinds.ts';
import { Report } from './report.ts';

interface GitRef {
  readonly branch?: string;
  readonly tag?: string;
  readonly name?: string;
  readonly commit?: string;
}

export interface SourceOptions {
  readonly cluster: Cluster;
  readonly faults: Faults;
  /** Where a URL really is, on this machine. */
  readonly repository: (url: string) => string;
}

/** Stand-in for source-controller 1.9, as far as a GitRepository goes: a new commit of its branch becomes its artifact. */
export function gitRepositories({ cluster, faults, repository }: SourceOptions): Reconciler {
  return {
    apiVersion: SOURCE_API,
    kind: 'GitRepository',
    async reconcile(object) {
      const report = new Report(cluster, object);
      const { interval = '1m', url, ref = {} } = object['spec'] as { interval?: string; url: string; ref?: GitRef };
      if (!isSuspended(object)) {
        try {
          const revision = await revisionOf(repository(url), url, ref, faults);
          await store(report, object, revision, url);
        } catch (error) {
          if (!(error instanceof ManifestError)) throw error;
          failed(report, error.message);
        }
      } else if (report.status['conditions'] !== undefined) report.observed();
      // Last: who sees his request handled sees what became of it.
      report.handled();
      await report.write();
      return milliseconds(interval);
    },
  };
}

async function revisionOf(folder: string, url: string, ref: GitRef, faults: Faults): Promise<string> {
  const { branch = 'master', tag, name, commit } = ref;
  const full = name ?? (tag === undefined ? `refs/heads/${branch}` : `refs/tags/${tag}`);
  const called = name ?? tag ?? branch;
  try {
    if (faults.behaviour('flux', 'fetchFails') !== undefined) throw new ManifestError('connection refused');
    const hash = await resolveRevision(folder, commit ?? name ?? (tag === undefined ? branch : full));
    return commit === undefined ? `${called}@sha1:${hash}` : `sha1:${hash}`;
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    const why = error.message === 'connection refused' ? error.message : `couldn't find remote ref "${full}"`;
    throw new ManifestError(`failed to checkout and determine revision: unable to clone '${url}': ${why}`);
  }
}

async function store(report: Report, object: KubernetesObject, revision: string, url: string): Promise<void> {
  const { namespace = '', name } = object.metadata;
  if (report.status['artifact']?.revision !== revision) {
    const message = `new upstream revision '${revision}'`;
    if (report.status['artifact'] !== undefined) report.mark('ArtifactOutdated', 'True', 'NewRevision', message);
    report.mark('Reconciling', 'True', 'Progressing', `building artifact: ${message}`);
    report.mark('Ready', 'Unknown', 'Progressing', `building artifact: ${message}`);
    await report.write();
    const hash = revision.slice(revision.lastIndexOf(':') + 1);
    const path = `gitrepository/${namespace}/${name}/${hash}.tar.gz`;
    report.status['artifact'] = artifactOf(revision, path, `${url} ${revision}`);
  }
  const message = `stored artifact for revision '${revision}'`;
  for (const type of ['ArtifactOutdated', 'FetchFailed', 'Reconciling']) report.drop(type);
  report.mark('ArtifactInStorage', 'True', 'Succeeded', message);
  report.mark('Ready', 'True', 'Succeeded', message);
  report.observed();
}

/** What was stored before stays. */
function failed(report: Report, message: string): void {
  report.mark('FetchFailed', 'True', 'GitOperationFailed', message);
  report.mark('Ready', 'False', 'GitOperationFailed', message);
  report.mark('Reconciling', 'True', 'ProgressingWithRetry', 'reconciliation in progress');
}

export function artifactOf(revision: string, path: string, content: string) {
  return {
    digest: `sha256:${createHash('sha256').update(content).digest('hex')}`,
    lastUpdateTime: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    path,
    revision,
    size: content.length,
    url: `http://source-controller.flux-system.svc.cluster.local./${path}`,
  };
}
