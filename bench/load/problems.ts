import type { RegistrationInput } from '../../core/registration/registration.ts';
import type { RegisterResult } from '../../core/run/reports.ts';
import type { World } from '../../sandbox/world/world.ts';

export interface Registered {
  readonly client: RegistrationInput;
  /** Undefined where the run failed. */
  readonly result: RegisterResult | undefined;
  readonly failure?: string;
}

/**
 * What is not as it must be after many clients were registered at once, as sentences: each run ended well, each
 * client stands once in the target branch by one commit, no line of anybody was lost, vault and Authentik agree, and nothing
 * is left over.
 */
export async function problemsOf(world: World, base: string, runs: readonly Registered[]): Promise<readonly string[]> {
  return [
    ...runs.flatMap(resultProblems),
    ...(await historyProblems(world, base, runs)),
    ...(await fileProblems(world, base, runs)),
    ...secretProblems(world, runs),
    ...(await leftovers(world)),
  ];
}

function nameOf({ client }: Registered): string {
  return client.metadata.name;
}

function resultProblems(run: Registered): readonly string[] {
  const name = nameOf(run);
  if (run.result === undefined) return [`${name} failed: ${run.failure ?? 'no reason'}`];
  const { outcome, checks, kept } = run.result;
  return [
    ...(outcome === 'registered' ? [] : [`${name} is "${outcome}", not registered`]),
    ...checks.filter((check) => !check.ok).map((check) => `${name}: ${check.name} is not true`),
    ...(checks.length === 0 ? [`${name} was not verified`] : []),
    ...kept.map((line) => `${name} kept ${line}`),
  ];
}

/** One commit a client, each of a change of its own, and none that takes anything back. */
async function historyProblems(world: World, base: string, runs: readonly Registered[]): Promise<readonly string[]> {
  const { repository } = world;
  const commits = await repository.log(`${base}..${repository.branch}`);
  const wanted = runs.map((run) => `Register OIDC client ${nameOf(run)}`).toSorted();
  const subjects = commits.map((line) => line.slice(line.indexOf(' ') + 1)).toSorted();
  const messages = await Promise.all(commits.map((line) => repository.message(line.split(' ')[0] ?? '')));
  const changes = new Set(messages.map((message) => /^Registrar-Change: (.+)$/m.exec(message)?.[1]));
  return [
    ...(subjects.join('\n') === wanted.join('\n') ? [] : [`the target branch holds: ${subjects.join('; ')}`]),
    ...(changes.size === runs.length ? [] : [`${commits.length} commits carry ${changes.size} change ids`]),
  ];
}

/** Every line that a commit added is there, and none of those that stood there before is gone. */
async function fileProblems(world: World, base: string, runs: readonly Registered[]): Promise<readonly string[]> {
  const { repository, installation } = world;
  const { blueprints, externalSecret, deployment } = installation.authentik;
  const changes = await repository.numstat(base, repository.branch);
  const problems = changes
    .filter(({ removed }) => removed > 0)
    .map(({ file, removed }) => `${file} lost ${removed} lines`);
  const perCommit = new Map<string, number>();
  for (const line of await repository.log(`${base}..${repository.branch}`)) {
    const sha = line.split(' ')[0] ?? '';
    for (const { file, added } of await repository.numstat(`${sha}^`, sha))
      perCommit.set(file, (perCommit.get(file) ?? 0) + added);
  }
  for (const { file, added } of changes) {
    const sum = perCommit.get(file) ?? 0;
    if (sum !== added) problems.push(`${file} has ${added} lines more, the commits added ${sum}`);
  }
  const texts = {
    [blueprints.file]: (name: string) => `  "${name}.yaml": |`,
    [externalSecret.file]: (name: string) => `secretKey: ${name}-oidc`,
    [deployment.file]: (name: string) => `name: ${name.replaceAll('-', '_').toUpperCase()}_OIDC`,
    'deploy/site.yml': (name: string) => `register: _${name.replaceAll('-', '_')}`,
    'deploy/roles/registry/tasks/main.yml': (name: string) => `src: ${name}.json.j2`,
  };
  for (const [file, mark] of Object.entries(texts)) {
    const text = await repository.read(file);
    for (const run of runs) {
      const times = text.split(mark(nameOf(run))).length - 1;
      if (times !== 1) problems.push(`${file} holds "${mark(nameOf(run)).trim()}" ${times} times`);
    }
  }
  return problems;
}

/** One field a client in the vault, and its value is the secret of the client's one provider. */
function secretProblems(world: World, runs: readonly Registered[]): readonly string[] {
  const { fields } = world.connect.item(world.installation.vault.itemId);
  const { providers, applications } = world.authentik.database.rows;
  return runs.flatMap((run) => {
    const name = nameOf(run);
    const own = fields.filter((field) => field.label?.startsWith(`${name}-oidc`));
    const made = providers.filter((provider) => provider.client_id === name);
    const shown = applications.filter((application) => application.slug === name);
    return [
      ...(own.length === 1 && own[0]?.label === `${name}-oidc`
        ? []
        : [`the vault has ${own.length} fields of ${name}`]),
      ...(made.length === 1 && made[0]?.client_secret === own[0]?.value
        ? []
        : [`${made.length} providers of ${name}, or not with the vault's secret`]),
      ...(shown.length === 1 ? [] : [`${shown.length} applications of ${name}`]),
    ];
  });
}

async function leftovers(world: World): Promise<readonly string[]> {
  const branches = await world.repository.branches();
  return branches
    .filter((branch) => branch !== world.repository.branch)
    .map((branch) => `branch ${branch} is left over`);
}
