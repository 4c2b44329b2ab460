import { RegistrarError, refused } from '../../core/base/errors.ts';
import { sectionStands } from '../../core/changes/entry.ts';
import type { PlannedEdit } from '../../core/changes/plannedEdit.ts';
import { targetSecretOf } from '../../core/edits/kubernetes/externalSecret.ts';
import { environmentIn } from '../../core/edits/kubernetes/workerEnvironment.ts';
import { undefinedIfUneditable } from '../../core/edits/yaml/yamlDocument.ts';
import { variablesOfKey } from '../../core/kubernetes/containerEnvironment.ts';
import type { Job } from '../../core/run/job.ts';
import type { FilesOf } from '../state/manifest.ts';

type Asked = Pick<Job, 'registration' | 'names' | 'base'>;

/**
 * A worker that takes every key of its Secret for a variable (`envFrom`) would have one of whatever name a registration gives its vault
 * field: Authentik's own settings are variables, too. What a client has that is there already sets nothing anew, and a key by a
 * pattern of registrar.yaml no registration has chosen.
 */
export async function strayVariables(
  { git, installation }: FilesOf,
  { registration, names, base }: Asked,
  edits: readonly Pick<PlannedEdit, 'entry' | 'kind'>[],
): Promise<readonly RegistrarError[]> {
  const { vaultField } = registration.spec;
  if (vaultField !== names.secretKey || sectionStands(edits)) return [];
  const { deployment, externalSecret } = installation.authentik;
  const [worker, source] = await Promise.all(
    [deployment.file, externalSecret.file].map(async (file) => (await git.readFile(base, file)) ?? ''),
  );
  const secret = undefinedIfUneditable(() => targetSecretOf(source ?? '', externalSecret.name)) ?? externalSecret.name;
  const environment = environmentIn(worker ?? '', deployment);
  return variablesOfKey(environment, secret, names.secretKey)
    .filter((variable) => variable !== names.envVar)
    .map((variable) =>
      refused(
        'registration file',
        `spec.vaultField: the worker takes every key of Secret ${secret} for a variable, so "${vaultField}" would set its variable ${variable}`,
        `Leave spec.vaultField out, or name a field that no variable can be called as, such as ${names.slug}-client-secret; or have naming.secretKey in registrar.yaml give the key.`,
      ),
    );
}
