import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../integrations/kubernetes/cluster.ts';
import { ManifestError } from '../../../sandbox/argocd/manifestError.ts';
import { render } from '../../../sandbox/argocd/manifests.ts';
import { testRepository } from '../../fixtures/gitops.ts';
import { CASES, filesOf, inOrder, RESULTS } from '../kustomize/cases.ts';

const recorded = JSON.parse(await readFile(RESULTS, 'utf8')) as Readonly<
  Record<string, readonly KubernetesObject[] | null>
>;

async function rendered(files: Readonly<Record<string, string>>): Promise<readonly KubernetesObject[]> {
  const placed = Object.fromEntries(Object.entries(files).map(([name, text]) => [`deploy/${name}`, text]));
  const { server } = await testRepository(placed);
  return render(server.dir, await server.head(), 'deploy', 'identity');
}

describe('the sandbox renders as kustomize 5.8.1 did:', () => {
  it.each(CASES)('$name', async (each) => {
    const made = await rendered(filesOf(each)).then(inOrder, (error: unknown) => {
      if (error instanceof ManifestError) return null;
      throw error;
    });
    expect(made).toEqual(recorded[each.name]);
  });

  it.each([
    ['images:\n  - name: a\n    tagSuffix: -x\n', 'tagSuffix'],
    ['patches:\n  - path: patch.yaml\n    options: {allowNameChange: true}\n', 'options'],
    ['patches:\n  - target: {labelSelector: a=b}\n    patch: "[]"\n', 'labelSelector'],
    ['namePrefix: x-\n', 'namePrefix'],
  ])('and refuses what it does not know: %j', async (text, word) => {
    const [first] = CASES;
    if (first === undefined) throw new Error('no case');
    const files = { ...filesOf(first), 'kustomization.yaml': first.kustomization + text };
    await expect(rendered(files)).rejects.toThrow(`the sandbox knows no kustomization with ${word}`);
  });
});
