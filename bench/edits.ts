import { performance } from 'node:perf_hooks';
import { planFileChanges } from '../core/fileChanges.ts';
import { installationSchema } from '../core/installation.ts';
import { registrationSchema } from '../core/registration.ts';
import { resolveNames } from '../core/resolve.ts';
import { renderBlueprint } from '../core/blueprint.ts';
import { sampleLayout } from '../sandbox/layout.ts';
import { readInstallation, readRegistration } from '../core/readFiles.ts';
import { stringify } from 'yaml';

// How long the edits of one client take in repositories of more and more clients: `npm run bench`.

const ROUNDS = 5;
const layout = await sampleLayout('manual');
const installation = readInstallation(stringify({ ...layout.installation, clusters: { hub: {}, edge: {} } }), 'bench');
const zot = readRegistration(layout.files['oidc-clients/zot.yaml'] ?? '', 'zot.yaml');

/** The edits that registering a client makes, of a repository. */
function edited(files: ReadonlyMap<string, string>, name: string): Map<string, string> {
  const registration = clientNamed(name);
  const names = resolveNames(registration, installation);
  const { text } = renderBlueprint({ registration, installation, names, authentikVersion: '2026.5.0' });
  const plans = planFileChanges({
    registration,
    installation,
    names,
    blueprintText: text,
    steps: ['patchExternalSecret', 'syncBlueprint', 'renderAnsibleFiles'],
    read: (path) => files.get(path),
  });
  const after = new Map(files);
  for (const plan of plans) after.set(plan.path, plan.after);
  return after;
}

function clientNamed(name: string) {
  const [consumer] = zot.spec.consumers;
  const own = {
    ...consumer,
    template: { name: `${name}.j2`, text: '<<clientSecret>>' },
    fact: name.replaceAll('-', '_'),
    task: name,
  };
  const spec = { ...zot.spec, displayName: name, groups: [], consumers: [own] };
  return registrationSchema.parse({ ...zot, metadata: { name }, spec });
}

/** The sample with so many clients more. Made by repeating one section: to make it by edits would be quadratic. */
function repository(clients: number): ReadonlyMap<string, string> {
  const one = edited(new Map(Object.entries(layout.files)), 'client-0');
  const before = layout.files;
  const files = new Map(one);
  for (const [path, text] of one) {
    const old = before[path] ?? '';
    const added = addedLines(old, text);
    if (added === '' || old === '') continue;
    const more = Array.from({ length: clients - 1 }, (_, i) =>
      added
        .replaceAll('client-0', `client-${i + 1}`)
        .replaceAll('client_0', `client_${i + 1}`)
        .replaceAll('CLIENT_0', `CLIENT_${i + 1}`),
    );
    files.set(path, text.replace(added, [added, ...more].join('')));
  }
  return files;
}

/** The one run of text that an edit put in. */
function addedLines(before: string, after: string): string {
  let start = 0;
  while (before[start] === after[start] && start < before.length) start += 1;
  return after.slice(start, start + after.length - before.length);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

installationSchema.parse(installation);
process.stdout.write('clients  bytes of the ConfigMap  median of the edits of one client\n');
for (const clients of [10, 100, 1_000]) {
  const files = repository(clients);
  const times = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    edited(files, 'the-new-one');
    return performance.now() - start;
  });
  const bytes = Buffer.byteLength(files.get('identity/authentik/blueprints.yaml') ?? '');
  process.stdout.write(
    `${String(clients).padStart(7)}  ${String(bytes).padStart(22)}  ${median(times).toFixed(1).padStart(10)} ms\n`,
  );
}
