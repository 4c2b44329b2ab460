import type { Registration } from '../../core/registration.ts';
import type { Deps } from '../deps.ts';

/** Ansible notices a handler that does not exist only when the task has changed something. */
export async function handlerWarnings(
  deps: { readonly git: Pick<Deps['git'], 'readFile'> },
  registration: Registration,
  base: string,
): Promise<readonly string[]> {
  const warnings: string[] = [];
  for (const consumer of registration.spec.consumers) {
    if (consumer.kind !== 'ansible' || consumer.notify === undefined) continue;
    const folder = `${consumer.rolesPath}/${consumer.role}/handlers`;
    const texts = await Promise.all(
      ['main.yml', 'main.yaml'].map((file) => deps.git.readFile(base, `${folder}/${file}`)),
    );
    if (texts.some((text) => text?.includes(consumer.notify ?? '') === true)) continue;
    warnings.push(`${folder} has no handler "${consumer.notify}"; see that another role of the play brings it`);
  }
  return warnings;
}
