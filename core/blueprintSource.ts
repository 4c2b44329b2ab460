import type { BrokenRule } from './deployBy.ts';

interface Parts {
  readonly authentik: { readonly blueprints: { readonly file: string; readonly generatedFrom?: string | undefined } };
}

/** What of `authentik.blueprints` does not go together: kustomize reads no file outside the folder of its kustomization. */
export function brokenBlueprints({ authentik }: Parts): readonly BrokenRule[] {
  const { file, generatedFrom } = authentik.blueprints;
  if (generatedFrom === undefined) return [];
  const at = ['authentik', 'blueprints'];
  const folder = file.slice(0, file.lastIndexOf('/') + 1);
  return [
    ...(/(^|\/)(kustomization\.ya?ml|Kustomization)$/.test(file)
      ? []
      : [{ path: [...at, 'file'], message: 'must be a kustomization.yaml where generatedFrom is set' }]),
    ...(`${generatedFrom.replace(/\/$/, '')}/`.startsWith(folder)
      ? []
      : [
          {
            path: [...at, 'generatedFrom'],
            message: `must be the folder of the kustomization or one below it (${folder}): kustomize reads no file outside`,
          },
        ]),
  ];
}
