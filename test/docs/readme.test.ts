import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { NON_RETRYABLE_KINDS } from '../../core/base/errors.ts';
import { forgeAddress } from '../../core/installation/forgeAddress.ts';
import { neededRetentionMs } from '../../core/doctor/retention.ts';
import { installationSchema } from '../../core/installation/installation.ts';
import { timingsSchema } from '../../core/installation/timings.ts';
import { policySchema } from '../../core/installation/policy.ts';
import { readInstallation, readRegistration } from '../../core/installation/readFiles.ts';
import { targetOf } from '../../core/kubernetes/consumerSecret.ts';
import { STEPS } from '../../core/run/steps.ts';
import { FAULTY_SYSTEMS } from '../../sandbox/faults/parseFault.ts';
import { NORMALISATIONS } from '../../sandbox/world/snapshot.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

const pages = ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', ...docs()];
const manifest = JSON.parse(read('package.json')) as Readonly<Record<string, Readonly<Record<string, string>>>>;

function docs(): readonly string[] {
  const all = readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' });
  return all.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`);
}

/** Fenced blocks of one language. */
function blocks(text: string, language: string): readonly string[] {
  return Array.from(
    text.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm')),
    ([, body]) => body ?? '',
  );
}

test('the documents say what "as before" leaves out, in the words of the code and nothing else', () => {
  const page = read('docs/reference/as-before.md');
  const bullets = Array.from(page.matchAll(/^- (.*(?:\n {2}.*)*)$/gm), ([, text = '']) => text.replaceAll('\n  ', ' '));
  expect(bullets).toEqual(NORMALISATIONS);
});

/** Of each vault, the file of its words. */
const vaultWords = readdirSync(path.join(root, 'core/vault'), { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [`core/vault/${entry.name}/words.ts`] : [],
);

test('the page of the environment names every variable of the worker and of the sandbox', () => {
  const page = read('docs/reference/environment.md');
  const named = ['worker/config.ts', 'worker/main.ts', ...vaultWords, 'sandbox/temporal/temporalProgram.ts']
    .map(read)
    .flatMap((text) => text.match(/'(?:REGISTRAR|OP|AUTHENTIK|GITOPS|FORGE|TEMPORAL|LOG|METRICS)_[A-Z_]+'/g) ?? []);
  const variables = new Set(named.map((name) => name.slice(1, -1)));
  const tokens = ['OP_CONNECT_TOKEN', 'OP_SERVICE_ACCOUNT_TOKEN', 'AUTHENTIK_TOKEN', 'GITOPS_TOKEN', 'FORGE_TOKEN'];
  expect([...variables]).toEqual(expect.arrayContaining([...tokens, 'REGISTRAR_CONFIG', 'TEMPORAL_CLI_PATH']));
  for (const name of [...variables, ...tokens.map((token) => `${token}_FILE`)]) expect(page).toContain(`\`${name}\``);
});

test('the page of a run names every step in its order', () => {
  const page = read('docs/explanation/what-a-run-does.md');
  const rows = Array.from(page.matchAll(/^\| `(\w+)` \|/gm), ([, step]) => step);
  expect(rows).toEqual(STEPS);
});

test.each(pages)('npm scripts named in %s exist', (page) => {
  const named = Array.from(read(page).matchAll(/npm run ([a-z:]+)/g), ([, script]) => script ?? '');
  for (const script of named) expect(Object.keys(manifest['scripts'] ?? {})).toContain(script);
});

test.each(pages)('links of %s lead to something', (page) => {
  const targets = Array.from(read(page).matchAll(/\]\(([^)\s]+)\)/g), ([, target]) => target ?? '');
  for (const target of targets.filter((link) => !/^(https?:|#)/.test(link))) {
    const file = path.join(root, path.dirname(page), target.replace(/#.*/, ''));
    expect(existsSync(file), `${page} links to ${target}`).toBe(true);
  }
});

test.each(pages)('headings that %s links to are there', (page) => {
  const targets = Array.from(read(page).matchAll(/\]\(((?!https?:)[^)\s]*)#([^)\s]+)\)/g));
  for (const [, file = '', anchor = ''] of targets) {
    const there = headings(read(file === '' ? page : path.join(path.dirname(page), file)));
    expect(there, `${page} links to ${file}#${anchor}`).toContain(anchor);
  }
});

/** Anchors of a page's headings, as forges make them. */
function headings(text: string): readonly string[] {
  return Array.from(text.matchAll(/^#+ (.*)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test('the README is short', () => {
  expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(150);
});

test.each(pages.filter((page) => page !== 'CHANGELOG.md'))('lines of %s can be read without scrolling', (page) => {
  expect(prose(read(page)).filter((line) => line.length > 120)).toEqual([]);
});

/** Lines outside code and tables, without the addresses that no line break can shorten. */
function prose(text: string): readonly string[] {
  const lines = text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '').split('\n');
  return lines.filter((line) => !line.startsWith('|')).map((line) => line.replaceAll(/\]\([^)\s]+\)|https?:\S+/g, ''));
}

test('docs/README.md links to every page of docs', () => {
  const index = read('docs/README.md');
  const linked = Array.from(index.matchAll(/\]\(([^)#\s]+)/g), ([, target = '']) => path.posix.join('docs', target));
  expect(linked).toEqual(expect.arrayContaining(docs().filter((page) => page !== 'docs/README.md')));
});

test.each(pages)('files named in %s exist', (page) => {
  const folders = 'workflows|activities|core|integrations|worker|client|sandbox|scripts|test|docs|deploy|schemas';
  const named = Array.from(read(page).matchAll(new RegExp(`\`((?:${folders})/[\\w./-]*)\``, 'g')), ([, file]) => file);
  for (const file of named) expect(existsSync(path.join(root, file ?? '')), `${page} names ${file}`).toBe(true);
});

test('docs/reference/policy.md has every key of the policy with its default', () => {
  const defaults = Object.entries(policySchema.parse({})).flatMap(([outer, value]) =>
    typeof value === 'object' && !Array.isArray(value)
      ? Object.entries(value).map(([inner, each]) => [`${outer}.${inner}`, each] as const)
      : [[outer, value] as const],
  );
  const [table = ''] = read('docs/reference/policy.md').split('| test |');
  const rows = Array.from(table.matchAll(/^\| (`.*?) \| `([^`|]+)` \|/gm), ([, keys = '', value]) => {
    const [first = '', ...others] = Array.from(keys.matchAll(/`([^`]+)`/g), ([, key]) => key ?? '');
    const outer = first.replace(/\..*/, '');
    return [first, ...others.map((key) => (key.startsWith('.') ? outer + key : key))].map((key) => [key, value]);
  });
  const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  expect(Object.fromEntries(rows.flat())).toEqual(
    Object.fromEntries(defaults.map(([key, value]) => [key, shown(value)])),
  );
});

test('every threat in SECURITY.md that something stops has its test', () => {
  const table = /^## Who might try what$([\s\S]*?)^## /m.exec(read('SECURITY.md'))?.[1] ?? '';
  const rows = table
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2);
  expect(rows.length).toBeGreaterThan(10);
  for (const row of rows) expect(row.split('|').at(-2), row).toMatch(/^ (`test\/[\w/]+\.test\.ts`(, )?)+ $/);
});

test('registrar.example.yaml is a registrar.yaml, and the lines that it comments out are its defaults', () => {
  const text = read('registrar.example.yaml');
  const { allowedDrift, clusters, ...plain } = readInstallation(text, 'registrar.example.yaml');
  const shown = text.replaceAll(/^( *)#(?=[^\s#])/gm, '$1');
  const {
    allowedDrift: drift,
    clusters: named,
    notify,
    probes,
    ...all
  } = readInstallation(shown, 'registrar.example.yaml');
  const { apply, ...ansible } = all.ansible;
  const { pullRequest, ...gitops } = all.gitops;
  const asPlain = { ...plain, gitops: { ...plain.gitops, landBy: 'pullRequest' } };
  expect({ ...all, ansible, gitops, probes: {} }).toEqual(asPlain);
  expect([apply?.command[0], Object.keys(probes)]).toEqual(['ansible-playbook', ['zot-login']]);
  // These have no default: an example is shown.
  expect([allowedDrift, clusters['hub']?.context]).toEqual([[], undefined]);
  expect(plain.gitops.landBy).toBe('push');
  expect(forgeAddress('/srv/git', pullRequest)).toEqual(forgeAddress(plain.gitops.remote, { forge: 'forgejo' }));
  expect([drift.length, named['hub']?.context]).toEqual([1, 'hub']);
  expect(notify).toEqual(installationSchema.shape.notify.parse({ shape: 'ntfy' }));
});

test('the registration of the documents can be read, and is that of the sample repository', () => {
  const page = 'docs/reference/registration.md';
  const text = blocks(read(page), 'yaml').find((block) => block.includes('kind: OidcClient')) ?? '';
  const sample = read('sandbox/sample/manual/oidc-clients/zot.yaml');
  expect(readRegistration(text, page)).toEqual(readRegistration(sample, 'zot.yaml'));
});

test.each([
  ['README.md', 'grafana'],
  ['docs/how-to/register.md', 'wiki'],
])('the registration of %s can be read', (page, name) => {
  const texts = blocks(read(page), 'yaml');
  expect(texts.map((text) => readRegistration(text, page).metadata.name)).toEqual([name]);
});

test('the page of errors names every kind and system of the code, and which kinds are retried', () => {
  const vaults = vaultWords.map(
    (file) => /interface VaultSystems \{([^}]*): true;/.exec(read(file))?.[1]?.trim() ?? file,
  );
  const code = read('core/base/errors.ts').replace('keyof VaultSystems', vaults.join(' | '));
  const page = read('docs/reference/errors.md');
  const members = (type: string): readonly string[] => {
    const union = new RegExp(`^export type ${type} =([^;]*);`, 'm').exec(code)?.[1] ?? '';
    return Array.from(union.matchAll(/'([^']+)'/g), ([, member = '']) => member);
  };
  const rows = (heading: string): readonly (readonly string[])[] => {
    const section = new RegExp(`^## ${heading}$([\\s\\S]*?)^## `, 'm').exec(page)?.[1] ?? '';
    const lines = section.split('\n').filter((line) => line.startsWith('| `'));
    return lines.map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));
  };
  const retried = (kind: string): string => (NON_RETRYABLE_KINDS.some((each) => each === kind) ? 'no' : 'yes');
  expect(members('ErrorKind')).toContain('BadInput');
  expect(rows('Kinds').map(([, kind, , again]) => [kind, again])).toEqual(
    members('ErrorKind').map((kind) => [kind, retried(kind)]),
  );
  expect(rows('Systems').map(([, system]) => system)).toEqual(members('SystemName'));
});

test('the glossary has each word once, in order, with the place where it lives', () => {
  const rows = read('docs/glossary.md')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(1);
  const words = rows.map((row) => (row.split('|')[1] ?? '').trim());
  expect(words.length).toBeGreaterThan(50);
  expect(words).toEqual([...new Set(words)].toSorted((a, b) => a.localeCompare(b, 'en')));
  for (const row of rows) expect(row).toMatch(/^\| [^|]+ \| [^|]+\. \| `[\w/.]+` \|$/);
});

test('every dependency has its reason', () => {
  const decisions = read('docs/decisions.md');
  const names = Object.keys({ ...manifest['dependencies'], ...manifest['devDependencies'] });
  for (const name of names) expect(decisions).toContain(`\`${name}\``);
});

test('every fault of the sandbox is described', () => {
  const faults = read('docs/reference/faults.md');
  for (const [system, { behaviours }] of Object.entries(FAULTY_SYSTEMS)) {
    expect(faults).toContain(`\`${system}\``);
    for (const behaviour of Object.keys(behaviours)) expect(faults).toMatch(new RegExp(`\`${behaviour}[=\`]`));
  }
});

interface Service {
  readonly image: string;
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly (string | { readonly source: string })[];
}

test('docker-compose.yml names its services, pins their images and keeps every secret in a file', () => {
  const compose = parse(read('docker-compose.yml')) as {
    readonly services: Readonly<Record<string, Service>>;
    readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  };
  expect(Object.keys(compose.services)).toEqual([
    'postgresql',
    'schema',
    'temporal',
    'namespace',
    'ui',
    'worker',
    'cli',
  ]);
  for (const { image, environment = {}, secrets = [] } of Object.values(compose.services)) {
    expect(image).toMatch(/:\d+(\.\d+)*(-\w+)?$/);
    const inline = Object.keys(environment).filter((name) => /(TOKEN|PASSWORD|PWD|SECRET)$/.test(name));
    expect(inline).toEqual([]);
    const used = secrets.map((secret) => (typeof secret === 'string' ? secret : secret.source));
    expect(Object.keys(compose.secrets)).toEqual(expect.arrayContaining(used));
  }
  expect(Object.values(compose.secrets).every(({ file }) => file.startsWith('./secrets/'))).toBe(true);
  const { cli, worker } = compose.services;
  expect([cli?.image, cli?.secrets, cli?.profiles]).toEqual([worker?.image, undefined, ['cli']]);
});

test('docker-compose.yml remembers runs for as long as the job needs', () => {
  const [, days] = /--retention (\d+)d/.exec(read('docker-compose.yml')) ?? [];
  expect(Number(days) * 86_400_000).toBeGreaterThanOrEqual(neededRetentionMs(timingsSchema.parse({})));
});

interface Rule {
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface RoleFile {
  readonly metadata: { readonly namespace?: string; readonly labels: Readonly<Record<string, string>> };
  readonly rules?: readonly Rule[];
}

test('the roles for a consumer name the objects of the sample registration', () => {
  const { spec } = readRegistration(read('sandbox/sample/consumers/oidc-clients/photos.yaml'), 'photos.yaml');
  const [consumer] = spec.consumers;
  if (consumer?.kind !== 'externalSecret') throw new Error('it is another consumer');
  const roles = parseAllDocuments(read('deploy/rbac.yaml'))
    .map((document) => document.toJS() as RoleFile)
    .filter(({ metadata }) => metadata.labels['oidc-registrar/cluster'] === 'consumer');
  const granted = roles.flatMap(({ rules = [] }) =>
    rules.map(
      ({ resources, resourceNames = ['*'], verbs }) => `${verbs.join()} ${resources.join()}/${resourceNames.join()}`,
    ),
  );
  expect(roles.flatMap(({ metadata: { namespace } }) => namespace ?? [])).toEqual([
    consumer.namespace,
    consumer.namespace,
  ]);
  expect(granted).toEqual([
    `get,patch externalsecrets/${consumer.name}`,
    `get secrets/${targetOf(consumer)}`,
    'list events/*',
    `get,patch deployments/${consumer.restart.join()}`,
    'list replicasets/*',
    'list pods/*',
    `get namespaces/${consumer.namespace}`,
    `get clustersecretstores/${consumer.secretStoreRef.name}`,
  ]);
});

test('the consumers and files that the documents show can be read', () => {
  const page = 'docs/reference/registration.md';
  const parts = [...read(page).matchAll(/^```yaml\n( {2}(?:consumers|files):\n.*?)^```/gms)].map(
    ([, text = '']) => text,
  );
  expect(parts).toHaveLength(3);
  const head = `apiVersion: oidc-registrar/v1
kind: OidcClient
metadata: { name: photos }
spec:
  displayName: Photos
  redirectUris: [https://photos.orchard.example/login]
  access: { everyone: true }
`;
  for (const part of parts) readRegistration(head + part, page);
});

test('deploy/rbac.yaml names the objects of registrar.example.yaml', () => {
  const { authentik } = readInstallation(read('registrar.example.yaml'), 'registrar.example.yaml');
  const rules = parseAllDocuments(read('deploy/rbac.yaml'))
    .map((document) => document.toJS() as RoleFile)
    // Consumers and Flux have parts of their own, which this installation is without.
    .filter(({ metadata }) => ['hub', 'edge'].includes(metadata.labels['oidc-registrar/cluster'] ?? ''))
    .flatMap(({ rules: some }) => some ?? []);
  const namesOf = (resource: string) =>
    rules.filter((rule) => rule.resources.includes(resource)).flatMap((rule) => rule.resourceNames ?? []);
  expect(namesOf('applications')).toEqual([authentik.application]);
  expect(namesOf('leases')).toEqual([`oidc-registrar-${authentik.application}`]);
  expect([...new Set(namesOf('configmaps'))]).toEqual([authentik.blueprints.configMap]);
  expect(namesOf('externalsecrets')).toEqual([authentik.externalSecret.name]);
  expect(namesOf('deployments')).toEqual([authentik.deployment.name]);
  expect(rules.flatMap((rule) => rule.verbs)).not.toContain('*');
});
