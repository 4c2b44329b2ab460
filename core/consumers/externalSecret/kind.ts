import { code } from '../../base/markdown.ts';
import { asWord } from '../../base/words.ts';
import { deployerTraits } from '../../installation/deployers.ts';
import { targetOf } from '../../kubernetes/consumerSecret.ts';
import type { ConsumerKind } from '../kind.ts';
import { secretAccess } from './access.ts';
import { secretBreaches } from './breaches.ts';
import { ownSecretEdits } from './edits.ts';
import { importDelivered } from './imported.ts';
import type { ExternalSecretConsumer } from './schema.ts';

/** A service in a cluster that reads the secret through an ExternalSecret of its own. */
export const externalSecret: ConsumerKind<ExternalSecretConsumer> = {
  kind: 'externalSecret',
  written: {
    step: 'deliverToConsumers',
    entries: ['consumerSecret', 'kustomization'],
    readsField: 'consumerSecret',
    paths: ({ file, kustomization }) => [file, ...(kustomization === undefined ? [] : [kustomization])],
    edits: ownSecretEdits,
    // One of another file, name or place is another one.
    replaces: (one, other, cluster) =>
      one.file === other.file &&
      one.name === other.name &&
      one.namespace === other.namespace &&
      (one.cluster ?? cluster) === (other.cluster ?? cluster),
    breaches: secretBreaches,
    access: secretAccess,
    action(consumer, installation) {
      const { namespace, name, cluster = installation.authentik.cluster } = consumer;
      const deployer = deployerTraits(installation);
      const secret = `Secret ${targetOf(consumer)} gets the secret`;
      const how = deployer.deploy({ ...consumer, kustomization: consumer.fluxKustomization });
      return {
        system: deployer.system,
        what: `${how} ExternalSecret ${namespace}/${name} in cluster ${cluster}: ${secret}`,
      };
    },
    // What a Deployment beside the ExternalSecret reads: without it a new pod does not start.
    references(consumer) {
      const secret = targetOf(consumer);
      const pattern = asWord(secret, String.raw`(?:name|secretName|secret)["']?:\s*["']?`);
      const folder = consumer.file.slice(0, consumer.file.lastIndexOf('/') + 1);
      return {
        anywhere: [],
        near: [{ text: secret, pattern, means: `reads Secret ${secret}, which holds its credentials` }],
        holds: (path) => path.startsWith(folder),
      };
    },
    filled: ({ namespace, name, secretStoreRef }) => ({
      holder: `ExternalSecret ${namespace}/${name}`,
      ref: secretStoreRef,
    }),
    declares: ({ file, name }, { where, externalSecret: reader }) => file === where && name === reader,
    imported: importDelivered,
  },
  target({ namespace, name, restart }) {
    const refresh = `kubectl -n ${namespace} annotate externalsecret ${name} force-sync=$(date +%s) --overwrite`;
    const rolls = restart.map((each) => `kubectl -n ${namespace} rollout restart deployment ${each}`);
    return {
      name: `ExternalSecret ${namespace}/${name}`,
      by: 'cluster',
      byHand: code([refresh, ...rolls].join(' && ')),
    };
  },
  remaining: (consumer, { installation }) =>
    consumer.restart.map(
      (name) =>
        `if Deployment ${consumer.namespace}/${name} of cluster ${consumer.cluster ?? installation.authentik.cluster} runs already: kubectl -n ${consumer.namespace} rollout restart deployment ${name}, so that it reads Secret ${targetOf(consumer)}`,
    ),
};
