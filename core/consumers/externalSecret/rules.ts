import { own } from '../../base/own.ts';
import type { Fault } from '../../base/faults.ts';
import { unknownPlaceholders } from '../../registration/placeholders.ts';
import type { ConsumerSchema } from '../consumerSchema.ts';
import { type ExternalSecretConsumer, schema } from './schema.ts';

/** What may stand in the texts of a template beside Go's own braces. */
const PLACEHOLDERS = ['clientId', 'issuer'];

export const externalSecret = {
  schema,
  broken,
  called({ cluster = '', namespace, name, file }) {
    const object = [cluster, namespace, name].filter((part) => part !== '').join('/');
    return { file, name: `ExternalSecret ${object}` };
  },
} satisfies ConsumerSchema<typeof schema>;

/** Key of the Secret that holds the client secret, alone or inside a longer text; undefined where that is not clear. */
export function keyOfSecret({ keys, secretKey, target }: ExternalSecretConsumer): string | undefined {
  const template = target.template?.data;
  const replaces = template !== undefined && target.template?.mergePolicy !== 'Merge';
  const using = Object.entries(template ?? {})
    .filter(([, text]) => uses(text, secretKey))
    .map(([key]) => key);
  const holding = replaces ? using : [...new Set([secretKey, ...using])];
  if (keys.clientSecret !== undefined) return holding.includes(keys.clientSecret) ? keys.clientSecret : undefined;
  if (!replaces) return secretKey;
  return holding.length === 1 ? holding[0] : undefined;
}

/** `{{ .clientSecret }}`, or `{{ index . "client-secret" }}` for a name that Go cannot write with a dot. */
function uses(text: string, secretKey: string): boolean {
  const name = secretKey.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const named = new RegExp(`\\.${name}(?![A-Za-z0-9_])|["\`]${name}["\`]`);
  // What has no end is searched once, not once for each beginning: a text may have thousands of them.
  return text
    .split('}}')
    .slice(0, -1)
    .map((part) => part.slice(part.lastIndexOf('}') + 1))
    .some((part) => part.includes('{{') && named.test(part.slice(part.indexOf('{{') + 2)));
}

/** What the schema cannot say of an ExternalSecret consumer: that the secret reaches the key that people will read. */
function broken(consumer: ExternalSecretConsumer, path: readonly PropertyKey[]): readonly Fault[] {
  const { kustomization, file, keys, target, secretKey } = consumer;
  const template = target.template?.data ?? {};
  const faults: Fault[] = [];
  if (kustomization !== undefined && !isBelow(file, kustomization)) {
    const message = 'must stand above the file: kustomize reads nothing outside its own folder';
    faults.push({ path: [...path, 'kustomization'], message });
  }
  for (const [key, text] of Object.entries(template)) {
    for (const name of unknownPlaceholders(text, PLACEHOLDERS)) {
      const instead =
        name === 'clientSecret'
          ? `External Secrets fills it in: {{ .${secretKey} }}`
          : 'there are <<clientId>> and <<issuer>>';
      const message = `<<${name}>> stands for nothing; ${instead}`;
      faults.push({ path: [...path, 'target', 'template', 'data', key], message });
    }
  }
  if (keyOfSecret(consumer) === undefined) {
    const message =
      keys.clientSecret === undefined
        ? `must say under "clientSecret" which key holds the secret: not exactly one of the template uses ${secretKey}`
        : `"${keys.clientSecret}" does not hold the secret: the Secret's keys are those of target.template.data, and that one must use ${secretKey}`;
    faults.push({ path: [...path, 'keys'], message });
  }
  for (const field of ['clientId', 'issuer'] as const) {
    const key = keys[field];
    if (key === undefined) continue;
    const taken =
      own(template, key) !== undefined ||
      key === keyOfSecret(consumer) ||
      (field === 'issuer' && key === keys.clientId);
    if (taken) faults.push({ path: [...path, 'keys', field], message: `"${key}" holds something else already` });
  }
  return faults;
}

function isBelow(file: string, kustomization: string): boolean {
  const folder = kustomization.slice(0, kustomization.lastIndexOf('/') + 1);
  return file.startsWith(folder) && file !== kustomization;
}
