import { factOf } from '../edits/ansible/ansibleNames.ts';
import { ansibleConsumers, externalSecretConsumers } from '../registration/consumersOf.ts';
import type { AnsibleConsumer, Consumer, ExternalSecretConsumer, Registration } from '../registration/registration.ts';

/**
 * Consumers delivered to before that no consumer stands for any more. One that only says something else of the same role, or
 * reads the same fact, is changed where it stands. Pure.
 */
export function formerConsumers(before: readonly Consumer[], now: Registration): readonly AnsibleConsumer[] {
  const current = ansibleConsumers(now);
  return before
    .filter((consumer) => consumer.kind === 'ansible')
    .filter(
      (old) =>
        !current.some(
          (each) => factOf(each) === factOf(old) || (each.role === old.role && each.rolesPath === old.rolesPath),
        ),
    );
}

/**
 * The same of consumers with an ExternalSecret of their own: one of another file, name or place is another one. `own` is the cluster
 * that is meant where a consumer names none. Pure.
 */
export function formerSecretsOf(
  before: readonly Consumer[],
  now: Registration,
  own: string,
): readonly ExternalSecretConsumer[] {
  const key = ({ file, name, namespace, cluster = own }: ExternalSecretConsumer): string =>
    JSON.stringify([file, name, namespace, cluster]);
  const current = new Set(externalSecretConsumers(now).map(({ consumer }) => key(consumer)));
  return before
    .filter((consumer) => consumer.kind === 'externalSecret')
    .filter((consumer) => !current.has(key(consumer)));
}
