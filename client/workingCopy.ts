import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { RegistrarError, type ErrorKind } from '../core/base/errors.ts';
import { brokenPath, RECORD_SUFFIX } from '../core/registration/schemaParts.ts';
import type { FileTexts } from '../core/plan/unifiedDiff.ts';

const NOT_OURS: ReadonlySet<string> = new Set(['.git', 'node_modules']);

/** What a plan asks of a repository's files. */
export type RepositoryTexts = Pick<WorkingCopy, 'read' | 'paths' | 'filesHolding'>;

/** A folder with the files of the GitOps repository, which a person keeps. */
export class WorkingCopy {
  readonly #root: string;

  /** Throws `NotFound` where there is no such folder. */
  constructor(root: string) {
    this.#root = path.resolve(root);
    if (statSync(this.#root, { throwIfNoEntry: false })?.isDirectory() === true) return;
    throw problem(
      'NotFound',
      `there is no folder ${root}`,
      'Name the working copy of the GitOps repository with --repo.',
    );
  }

  /** The text of a file, as it is, or undefined where there is none. Throws `Refused` for what is no plain file of text. */
  readonly read = (file: string): string | undefined => {
    const bytes = this.#bytes(file);
    if (bytes === undefined) return undefined;
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw problem('Refused', `${file} is not UTF-8`, 'Convert the file, or edit it by hand.');
    }
  };

  /**
   * Paths of all files, sorted; what git and package managers keep for themselves is left out, and so are repositories within, such
   * as submodules: no commit of this one holds their files. Links are not followed.
   */
  readonly paths = (folder = ''): readonly string[] =>
    readdirSync(path.join(this.#root, folder), { withFileTypes: true })
      .filter(({ name }) => !NOT_OURS.has(name))
      .flatMap((entry) => {
        const each = folder === '' ? entry.name : `${folder}/${entry.name}`;
        if (entry.isDirectory()) return existsSync(path.join(this.#root, each, '.git')) ? [] : this.paths(each);
        return entry.isFile() ? [each] : [];
      })
      .toSorted();

  /** Paths of the files of text that hold one of these texts. What cannot be read as such is nobody's to refuse. */
  readonly filesHolding = (texts: readonly string[]): readonly string[] => readOnce(this).filesHolding(texts);

  /**
   * Makes these files what they are to become: all of them or, where one cannot be written or has changed since it was read, none.
   * Modes are kept. Throws `Refused` or `Conflict`.
   */
  write(files: readonly FileTexts[]): void {
    const undo: (() => void)[] = [];
    try {
      const staged = files.map((file) => this.#stage(file, undo));
      for (const { target, temporary, before, mode } of staged) {
        if (temporary === undefined) rmSync(target);
        else renameSync(temporary, target);
        undo.push(() => (before === undefined ? rmSync(target) : writeFileSync(target, before, { mode })));
      }
    } catch (error) {
      const left = takeBack(undo);
      if (error instanceof RegistrarError && left.length === 0) throw error;
      const { code = String(error), path: where = this.#root } = error as NodeJS.ErrnoException;
      const what =
        left.length === 0 ? 'nothing was written' : `what was written cannot be taken back (${left.join('; ')})`;
      throw problem(
        'Refused',
        `${what}: ${where} (${code})`,
        'See that the working copy can be written to; git status shows what is there.',
      );
    }
  }

  /** Writes the new text beside the file, on the same file system, with the mode of the file. */
  #stage({ path: file, before, after }: FileTexts, undo: (() => void)[]) {
    if (this.read(file) !== before)
      throw problem('Conflict', `nothing was written: ${file} has changed since it was read`, 'Plan again.');
    const target = path.join(this.#root, file);
    const mode = statSync(target, { throwIfNoEntry: false })?.mode;
    if (after === undefined) return { target, before, mode };
    const made = mkdirSync(path.dirname(target), { recursive: true });
    if (made !== undefined) undo.push(() => removeEmpty(path.dirname(target), path.dirname(made)));
    const temporary = path.join(path.dirname(target), `.${path.basename(target)}.oidc-registrar-${process.pid}`);
    undo.push(() => rmSync(temporary, { force: true }));
    writeFileSync(temporary, after, { flag: 'wx', mode });
    if (mode !== undefined) chmodSync(temporary, mode);
    return { target, temporary, before, mode };
  }

  /** A link would lead an edit to another file, perhaps outside the repository, and git would show no change. */
  #bytes(file: string): Buffer | undefined {
    const parts = file.split('/');
    // A record is read like any file; that nobody names one, the schemas see to.
    const broken = file.toLowerCase().endsWith(RECORD_SUFFIX) ? undefined : brokenPath(file);
    if (broken !== undefined)
      throw problem('Refused', broken, 'Correct the path in registrar.yaml or in the registration.');
    for (const [i] of parts.entries()) {
      const here = parts.slice(0, i + 1).join('/');
      const found = lstatSync(path.join(this.#root, here), { throwIfNoEntry: false });
      if (found === undefined) return undefined;
      if (found.isSymbolicLink())
        throw problem('Refused', `${here} is a symbolic link`, 'Name the file that it points to, or edit it by hand.');
      const last = i === parts.length - 1;
      if (!last && !found.isDirectory()) return undefined;
      if (last && !found.isFile())
        throw problem('Refused', `${here} is no file`, 'Correct the path in registrar.yaml or in the registration.');
    }
    return readFileSync(path.join(this.#root, file));
  }
}

/** A working copy as it was found: each file and folder is read once, however often a search comes back to it. */
export function readOnce(copy: Pick<RepositoryTexts, 'read' | 'paths'>): RepositoryTexts {
  const outcomes = new Map<string, { readonly text: string | undefined } | { readonly error: unknown }>();
  const outcomeOf = (file: string) => {
    const outcome = outcomes.get(file) ?? attempted(() => copy.read(file));
    outcomes.set(file, outcome);
    return outcome;
  };
  let all: readonly string[] | undefined;
  const paths = (): readonly string[] => (all ??= copy.paths());
  return {
    paths,
    read: (file) => {
      const outcome = outcomeOf(file);
      if ('error' in outcome) throw outcome.error;
      return outcome.text;
    },
    filesHolding: (texts) =>
      paths().filter((file) => {
        const outcome = outcomeOf(file);
        return 'text' in outcome && isHeld(outcome.text, texts);
      }),
  };
}

function attempted(read: () => string | undefined) {
  try {
    return { text: read() };
  } catch (error) {
    return { error };
  }
}

/** Whether a file of text holds one of these. */
function isHeld(held: string | undefined, texts: readonly string[]): boolean {
  return held !== undefined && !held.includes('\0') && texts.some((text) => held.includes(text));
}

/** The last first. Returns what went wrong in that. */
function takeBack(undo: readonly (() => void)[]): readonly string[] {
  return undo.toReversed().flatMap((step) => {
    try {
      step();
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  });
}

/** The folders from `dir` up to, but without, `top`: those that were made for a file that does not come. */
function removeEmpty(dir: string, top: string): void {
  for (let each = dir; each !== top && each.startsWith(top); each = path.dirname(each)) rmdirSync(each);
}

function problem(kind: ErrorKind, message: string, remedy: string): RegistrarError {
  return new RegistrarError({ system: 'Git', kind, message, remedy });
}
