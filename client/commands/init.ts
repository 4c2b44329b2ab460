import { realpathSync } from 'node:fs';
import { RegistrarError } from '../../core/base/errors.ts';
import { enumerated, shellWord } from '../../core/base/words.ts';
import type { Installation } from '../../core/installation/installation.ts';
import { bareFolder } from '../../core/installation/repositoryAddress.ts';
import { type FileTexts, unifiedDiff } from '../../core/plan/unifiedDiff.ts';
import { repositoryPath } from '../../core/registration/schemaParts.ts';
import { readInstallation } from '../../core/installation/readFiles.ts';
import { asTyped } from '../asTyped.ts';
import { deployFiles, type NewFile } from '../init/deployFiles.ts';
import { ansibleIn } from '../init/finders/ansible.ts';
import { type GitTraces, gitTraces, rootOf } from '../init/finders/git.ts';
import { type Asker, Interview } from '../init/interview.ts';
import { ALL } from '../init/questions.ts';
import { registrarYaml } from '../init/registrarYaml.ts';
import { survey } from '../init/survey.ts';
import { textsWith, Tree } from '../init/tree.ts';
import { trialOf } from '../init/trial.ts';
import { initReport } from '../output/init.ts';
import { NOT_AS_ASKED, WELL } from '../output/exitCodes.ts';
import { usage } from '../usage.ts';
import { readOnce, type RepositoryTexts, WorkingCopy } from '../workingCopy.ts';

export interface InitOptions {
  /** A working copy of the GitOps repository. */
  readonly repo: string;
  /** Ask nobody, also in a terminal. */
  readonly yes: boolean;
  /** Write nothing. */
  readonly print: boolean;
  /** Print data in place of what a person reads. */
  readonly json?: boolean;
  /** Take the place of files that are there. */
  readonly force: boolean;
  /** Folder in the working copy for what the worker needs in clusters and in Authentik. */
  readonly deployDir: string;
  /** Answers, by the names of their options. */
  readonly answers: Readonly<Record<string, string | undefined>>;
}

const FILE = 'registrar.yaml';

/** Writes the first `registrar.yaml` of a repository, and what the worker needs beside it. Resolves with the exit code. Throws `BadInput`. */
export async function init(options: InitOptions): Promise<number> {
  const copy = new WorkingCopy(options.repo);
  assertOfPeople(copy);
  await assertRoot(options.repo);
  const asker = !options.yes && process.stdin.isTTY ? (await import('../prompts.ts')).prompts : undefined;
  const deployDir = insideOf(options.deployDir);
  if (!options.print) assertFree(copy, options, [FILE]);
  const { files, made, report, code, found, trial } = await initialised(copy, await gitTraces(options.repo), {
    ...options,
    deployDir,
    asker,
  });
  if (!options.print) {
    assertFree(
      copy,
      options,
      files.map((file) => file.path),
    );
    copy.write([...made, ...files.map(({ path, text }) => ({ path, before: copy.read(path), after: text }))]);
  }
  if (options.json === true) {
    const all = [...files, ...made.map((each) => ({ path: each.path, diff: diffOf(each) }))];
    const told = options.print ? all : all.map(({ path }) => ({ path }));
    process.stdout.write(`${JSON.stringify({ written: !options.print, found, files: told, ...trial }, null, 2)}\n`);
  } else if (options.print) {
    process.stderr.write(asTyped(report));
    for (const { path: file, text } of files) process.stdout.write(`# --- ${file}\n${text}\n`);
    for (const each of made) process.stdout.write(`# --- ${each.path}\n${diffOf(each)}\n`);
  } else process.stdout.write(asTyped(report));
  return code;
}

/** Our lines alone: beside them people's values may hold a secret in clear. */
const diffOf = (file: FileTexts): string => unifiedDiff(file, 0);

interface Asked extends Pick<InitOptions, 'answers' | 'deployDir'>, Partial<Pick<InitOptions, 'repo'>> {
  readonly asker?: Asker | undefined;
}

/** The files that are to be written, and what a person is told. Throws `BadInput` with everything that is missing. */
export async function initialised(given: RepositoryTexts, git: GitTraces, { answers, deployDir, asker, repo }: Asked) {
  const copy = readOnce(given);
  const tree = new Tree(copy);
  const interview = new Interview(answers, asker);
  const surveyed = await survey({ interview, tree, git });
  if (surveyed === undefined) throw missing(interview);
  const { input, made } = surveyed;
  const text = registrarYaml(input, interview.found);
  const installation = installationOf(text);
  const { warnings, ...tried } = await trialOf(installation, textsWith(copy, made));
  const trial = { ...tried, warnings: [...interview.notes, ...warnings] };
  const files: readonly NewFile[] = [{ path: FILE, text }, ...deployFiles(deployDir, installation, tree)];
  const report = initReport({
    found: interview.found,
    files,
    made,
    trial,
    ansible: ansibleIn(tree),
    installation,
    repo,
  });
  return {
    files,
    made,
    report,
    installation,
    found: interview.found,
    trial,
    code: trial.refusal === undefined ? WELL : NOT_AS_ASKED,
  };
}

/** Throws `BadInput` by setting and option, for there is no file yet of which a line could be looked up. */
function installationOf(text: string): Installation {
  try {
    return readInstallation(text, FILE);
  } catch (error) {
    if (!(error instanceof RegistrarError)) throw error;
    const message = error.message.replaceAll(/^registrar\.yaml:\d+:\d+: /gm, '');
    const options = ALL.filter(({ setting }) => message.includes(`${setting}: `)).map(({ option }) => `--${option}`);
    const remedy = options.length === 0 ? error.remedy : `Nothing was written. Correct ${enumerated(options)}.`;
    throw new RegistrarError({ system: FILE, kind: 'BadInput', message, remedy });
  }
}

const ANSWER = 'Answer by these options, or in a terminal, where init asks; ';

function missing({ problems, notes }: Pick<Interview, 'problems' | 'notes'>): RegistrarError {
  const count = problems.length > 1 ? [`${problems.length} settings are open`] : [];
  return new RegistrarError({
    system: FILE,
    kind: 'BadInput',
    message: [...count, ...problems, ...notes.map((each) => `to look at: ${each}`)].join('\n'),
    remedy: `Nothing was written. ${problems.some((each) => each.includes('--')) ? ANSWER : ''}docs/layouts.md lists what is served.`,
  });
}

/** The folder as a path of the working copy. Throws `BadInput` where it leads out of it. */
function insideOf(deployDir: string): string {
  const folder = repositoryPath.safeParse(deployDir.startsWith('/') ? deployDir : bareFolder(deployDir));
  if (folder.success) return folder.data;
  throw usage(`--deploy-dir ${deployDir}: ${folder.error.issues[0]?.message}`, 'Name a folder of the working copy.');
}

/** Throws `BadInput` for the clone of this project, in which npm runs its commands, and whose samples would be found. */
function assertOfPeople(copy: WorkingCopy): void {
  if (copy.read('package.json')?.includes('"name": "oidc-registrar"') !== true) return;
  throw usage(
    'this is the clone of oidc-registrar itself',
    'Name the working copy of your GitOps repository with --repo.',
  );
}

/** Throws `BadInput` for a folder inside of a working copy: the paths of registrar.yaml are those of the repository. */
async function assertRoot(repo: string): Promise<void> {
  const root = await rootOf(repo);
  if (root === undefined || root === realpathSync(repo)) return;
  throw usage(`${repo} is a folder inside of the working copy ${root}`, `Name that one: --repo ${shellWord(root)}`);
}

/** Throws `BadInput` where one of them is there, and `Refused` where a link would lead to another file. */
function assertFree(copy: WorkingCopy, { force }: InitOptions, files: readonly string[]): void {
  const there = files.filter((file) => copy.read(file) !== undefined);
  if (force || there.length === 0) return;
  throw usage(
    `${there.join(', ')} ${there.length === 1 ? 'is' : 'are'} there already, and nothing was written`,
    'Look at what init would write with --print, or let it take their place with --force.',
  );
}
