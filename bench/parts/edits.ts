import { planFileChanges } from '../../core/changes/fileChanges.ts';
import { installationSchema } from '../../core/installation/installation.ts';
import { registrationSchema } from '../../core/registration/registration.ts';
import { resolveNames } from '../../core/names/names.ts';
import { renderBlueprint } from '../../core/authentik/renderBlueprint.ts';
import { sampleLayout } from '../../sandbox/world/layout.ts';
import { readInstallation, readRegistration } from '../../core/installation/readFiles.ts';
import { stringify } from 'yaml';

/** How long the edits of one client take in a repository of so many. */
export interface EditsFigure {
  readonly clients: number;
  /** Of the ConfigMap of blueprints. */
  readonly bytes: number;
  readonly busyMs: number;
}

/** Of a repository with more clients the mean of fewer rounds says as much. */
const ROUNDS = 10;
const CLIENTS_IN_ALL_ROUNDS = 20_000;
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
  const spec = { ...zot.spec, displayName: name, providerName: name, groups: [], consumers: [own] };
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

/** Time of the processor, rubbish collection included: what else the machine does is not in it. */
function busyMs(act: () => void): number {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** Measures the edits of one client in repositories of more and more. */
export function measureEdits(sizes: readonly number[]): readonly EditsFigure[] {
  installationSchema.parse(installation);
  return sizes.map((clients) => {
    const clean = repository(clients);
    const rounds = Math.max(1, Math.min(ROUNDS, CLIENTS_IN_ALL_ROUNDS / clients));
    // Another text in each round, for what was parsed lately is not parsed again.
    const [first = clean, ...others] = Array.from(
      { length: rounds + 1 },
      (_, round) => new Map([...clean].map(([path, text]) => [path, `# round ${round}\n${text}`])),
    );
    // Warms the compiler up.
    edited(first, 'the-new-one');
    const busy = busyMs(() => others.forEach((files) => edited(files, 'the-new-one'))) / rounds;
    return { clients, bytes: Buffer.byteLength(clean.get('identity/authentik/blueprints.yaml') ?? ''), busyMs: busy };
  });
}
