import type { AnsibleConsumer, ExternalSecretConsumer, ManualConsumer, Registration } from './registration.ts';

/** A consumer with its place in `spec.consumers`, by which steps and edits name it. */
export interface Placed<Kind> {
  readonly consumer: Kind;
  readonly index: number;
}

export function externalSecretConsumers({ spec }: Registration): readonly Placed<ExternalSecretConsumer>[] {
  return spec.consumers.flatMap((consumer, index) => (consumer.kind === 'externalSecret' ? [{ consumer, index }] : []));
}

export function manualConsumers({ spec }: Registration): readonly Placed<ManualConsumer>[] {
  return spec.consumers.flatMap((consumer, index) => (consumer.kind === 'manual' ? [{ consumer, index }] : []));
}

export function ansibleConsumers(registration: Registration): readonly AnsibleConsumer[] {
  return registration.spec.consumers.filter((consumer): consumer is AnsibleConsumer => consumer.kind === 'ansible');
}
