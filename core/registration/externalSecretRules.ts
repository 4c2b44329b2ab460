import { TEMPLATE_TEXT_PLACEHOLDERS, keyOfSecret } from './externalSecretConsumer.ts';
import type { ExternalSecretConsumer } from './externalSecretConsumer.ts';
import type { Fault } from '../base/faults.ts';
import { unknownPlaceholders } from './placeholders.ts';
import { own } from '../base/own.ts';

/** What the schema cannot say of an ExternalSecret consumer: that the secret reaches the key that people will read. */
export function brokenExternalSecret(consumer: ExternalSecretConsumer, path: readonly PropertyKey[]): readonly Fault[] {
  const { kustomization, file, keys, target, secretKey } = consumer;
  const template = target.template?.data ?? {};
  const faults: Fault[] = [];
  if (kustomization !== undefined && !isBelow(file, kustomization)) {
    const message = 'must stand above the file: kustomize reads nothing outside its own folder';
    faults.push({ path: [...path, 'kustomization'], message });
  }
  for (const [key, text] of Object.entries(template)) {
    for (const name of unknownPlaceholders(text, TEMPLATE_TEXT_PLACEHOLDERS)) {
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
