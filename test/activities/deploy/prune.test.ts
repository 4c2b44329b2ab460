import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';
import { pruneAt } from '../../../activities/deploy/argoCdSync.ts';
import type { RemoveRequest } from '../../../activities/deploy/deployer.ts';
import type { Deps } from '../../../activities/deps.ts';
import type { SyncRequest } from '../../../integrations/argocd/argocd.ts';

/** Of an object that is deleted by the first sync, if at all, and held by a finalizer for so many looks. */
async function prune({ looks, deletes = true }: { readonly looks: number; readonly deletes?: boolean }) {
  const asked: string[] = [];
  let left = looks;
  const argocd = {
    application: async () => ({
      name: 'photos',
      busy: false,
      sources: [{ repoURL: 'x', targetRevision: 'main', path: 'photos' }],
      lastOperation: asked.length === 0 ? undefined : { id: asked.at(-1), phase: 'Succeeded', results: [] },
    }),
    sync: async ({ id, prune: prunes }: SyncRequest) => {
      expect(prunes).toBe(true);
      asked.push(id);
      return 'accepted';
    },
  };
  const installation = {
    authentik: { application: 'authentik' },
    gitops: { remote: 'x', aliases: [], branch: 'main' },
    timings: { pollMs: 1, forceSyncMs: 1_000 },
  };
  const wanted = {
    job: { changeId: 'c', names: {}, edits: [] },
    purpose: 'p',
    commit: 'a'.repeat(40),
    targets: [{ application: 'photos', object: { kind: 'ExternalSecret', name: 'photos' } }],
    missing: async () => (left > 0 ? 'it is still there' : undefined),
    isGoing: async () => {
      if (!deletes) return false;
      left -= 1;
      return left > 0;
    },
  };
  const ended = await new MockActivityEnvironment()
    .run(() => pruneAt({ argocd, installation } as unknown as Deps, wanted as unknown as RemoveRequest))
    .then(
      () => 'gone',
      ({ kind, message }: { kind: string; message: string }) => `${kind}: ${message}`,
    );
  return { ended, syncs: asked.length };
}

test('what a finalizer holds is waited for, and synced once', async () => {
  expect(await prune({ looks: 50 })).toEqual({ ended: 'gone', syncs: 1 });
});

test('what nobody deletes is synced again, and then told', async () => {
  const { ended, syncs } = await prune({ looks: 1, deletes: false });
  expect(ended).toMatch(/^Failed: synced a{12} 3 times, yet it is still there$/);
  expect(syncs).toBe(3);
});
