import { ansiblePaths, factOf, preTasksOf } from '../../core/edits/ansible/ansibleNames.ts';
import {
  asWord,
  escaped,
  readsField,
  referencesIn,
  type FoundReference,
  type Reference,
} from '../../core/base/words.ts';
import { targetOf } from '../../core/kubernetes/consumerSecret.ts';
import { externalSecretConsumers } from '../../core/registration/consumersOf.ts';
import type { AnsibleConsumer, ExternalSecretConsumer } from '../../core/registration/registration.ts';
import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import type { PlannedChange } from '../../core/changes/removals.ts';

/**
 * Lines of the repository that refer to the client beyond what the registration put there: a consumer that still asks for
 * the secret, the rendered file or the issuer. Zot, for one, does not start where the issuer does not answer. Prose and other
 * registrations are not searched.
 */
export async function findReferences(
  deps: Deps,
  job: Job,
  changes: readonly PlannedChange[],
): Promise<readonly FoundReference[]> {
  const anywhere = referencesAnywhere(deps, job);
  const consumers = ansibleConsumers(job);
  const inPlace = [
    ...consumers.map((consumer) => ({
      holds: (path: string) => belongsTo(path, consumer),
      references: referencesOfRole(consumer),
    })),
    ...externalSecretConsumers(job.registration).map(({ consumer }) => ({
      holds: (path: string) => path.startsWith(consumer.file.slice(0, consumer.file.lastIndexOf('/') + 1)),
      references: referencesOfSecret(consumer),
    })),
  ];
  const texts = [...anywhere, ...inPlace.flatMap(({ references }) => references)].map((reference) => reference.text);
  const found: FoundReference[] = [];
  for (const path of await deps.git.filesHolding(job.base, texts)) {
    if (isProse(path) || path.startsWith(`${deps.installation.gitops.registrations}/`)) continue;
    const text = await textAfter(deps, job, changes, path);
    if (text === undefined) continue;
    const here = inPlace.filter(({ holds }) => holds(path)).flatMap(({ references }) => references);
    found.push(...referencesIn(path, text, [...anywhere, ...here]));
  }
  return found;
}

/** The file as the change would leave it: our own entries refer to the client by right. */
async function textAfter(deps: Deps, job: Job, changes: readonly PlannedChange[], path: string) {
  const change = changes.findLast((each) => each.path === path && each.kind !== 'alreadyThere');
  return change === undefined ? deps.git.readFile(job.base, path) : (change.after ?? undefined);
}

function ansibleConsumers(job: Job): readonly AnsibleConsumer[] {
  return job.registration.spec.consumers.filter((consumer): consumer is AnsibleConsumer => consumer.kind === 'ansible');
}

function referencesAnywhere(deps: Deps, job: Job): readonly Reference[] {
  const { names, registration } = job;
  const issuer = `/application/o/${names.slug}`;
  return [
    { text: issuer, pattern: new RegExp(`${escaped(issuer)}(?![A-Za-z0-9_-])`), means: 'names its issuer' },
    readsField(names.vaultField),
    ...ansibleConsumers(job).flatMap((consumer) => {
      const { register } = preTasksOf(consumer, registration, deps.installation, names);
      return [factOf(consumer), register].map((name) => ({
        text: name,
        pattern: asWord(name),
        means: `uses the variable ${name}, which holds its secret`,
      }));
    }),
  ];
}

/** A file's name alone says something only inside the role that renders it. */
function referencesOfRole({ dest, template }: AnsibleConsumer): readonly Reference[] {
  const file = dest.slice(dest.lastIndexOf('/') + 1);
  return [file, template.name].map((text) => ({
    text,
    pattern: asWord(text),
    means: `uses ${dest}, which holds its credentials`,
  }));
}

/** What a Deployment beside the ExternalSecret reads: without it a new pod does not start. */
function referencesOfSecret(consumer: ExternalSecretConsumer): readonly Reference[] {
  const secret = targetOf(consumer);
  return [
    {
      text: secret,
      pattern: asWord(secret, String.raw`(?:name|secretName|secret)["']?:\s*["']?`),
      means: `reads Secret ${secret}, which holds its credentials`,
    },
  ];
}

function belongsTo(path: string, consumer: AnsibleConsumer): boolean {
  return path === ansiblePaths(consumer).playbook || path.startsWith(`${consumer.rolesPath}/${consumer.role}/`);
}

export function isProse(path: string): boolean {
  return /\.(md|txt|rst|adoc)$/i.test(path);
}
