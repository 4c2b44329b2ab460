import type { BrokenRule } from './deployBy.ts';

interface Parts {
  readonly authentik: {
    readonly blueprints: { readonly file: string; readonly generatedFrom?: string | undefined };
    readonly deployment: { readonly valuesPath?: string | undefined };
    readonly delivery: 'env' | 'file';
  };
}

/** What does not go together of the settings that say where Git holds the objects, where that is not a manifest of each. */
export function brokenSources(parts: Parts): readonly BrokenRule[] {
  return [...brokenGenerator(parts), ...brokenValues(parts)];
}

function brokenValues({ authentik: { deployment, delivery } }: Parts): readonly BrokenRule[] {
  if (deployment.valuesPath === undefined || delivery === 'env') return [];
  const path = ['authentik', 'deployment', 'valuesPath'];
  return [{ path, message: 'is not used: with authentik.delivery: file no variable is added. Remove it' }];
}

/** kustomize reads no file outside the folder of its kustomization. */
function brokenGenerator({ authentik }: Parts): readonly BrokenRule[] {
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
