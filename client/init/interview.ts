import type { Question } from './questions.ts';

/** Something that the repository holds and that may be the answer. */
export interface Candidate<T> {
  /** As a person names it: `apps/worker.yaml#authentik-worker`. */
  readonly label: string;
  readonly value: T;
  /** What of the repository tells it. */
  readonly from: string;
}

/** Who is asked where the repository does not tell; nobody where there is no terminal. */
export interface Asker {
  choose(message: string, labels: readonly string[]): Promise<number>;
  enter(message: string, likely: string | undefined): Promise<string>;
}

/** What was found, for people. */
export interface Found {
  readonly setting: string;
  readonly value: string;
  readonly from: string;
}

/** Settles one setting after the other: by its option, by the one candidate that there is, or by asking. */
export class Interview {
  readonly found: Found[] = [];
  /** What a person is to look at though it keeps nothing from being written, a sentence each. */
  readonly notes: string[] = [];
  /** What keeps registrar.yaml from being written, a sentence each. */
  readonly problems: string[] = [];
  readonly #options: Readonly<Record<string, string | undefined>>;
  readonly #asker: Asker | undefined;

  /** `options`: by their names without dashes. */
  constructor(options: Readonly<Record<string, string | undefined>>, asker: Asker | undefined) {
    this.#options = options;
    this.#asker = asker;
  }

  option({ option }: Pick<Question, 'option'>): string | undefined {
    return this.#options[option];
  }

  /** One of the candidates; undefined where there is none (`none` says so, if it is a problem), or nobody to choose. */
  async choose<T>(question: Question, candidates: readonly Candidate<T>[], none?: string): Promise<T | undefined> {
    const { option, setting } = question;
    const named = this.option(question);
    const labels = candidates.map(({ label }) => label);
    const meant = named === undefined ? candidates : candidates.filter(({ label }) => isCalled(label, named));
    const [first] = meant;
    if (first === undefined) {
      const why =
        named === undefined
          ? none
          : `--${option} ${named}: there is no such one (${labels.join(', ') || 'none is found'})`;
      if (why !== undefined) this.problems.push(`${setting}: ${why}`);
      return undefined;
    }
    const taken = meant.length === 1 ? first : await this.#chosen(question, meant);
    if (taken !== undefined) this.tell(question, taken.label, named === undefined ? taken.from : `--${option}`);
    return taken?.value;
  }

  async #chosen<T>(
    { option, setting, asks }: Question,
    of: readonly Candidate<T>[],
  ): Promise<Candidate<T> | undefined> {
    if (this.#asker !== undefined)
      return of[
        await this.#asker.choose(
          asks,
          of.map(({ label }) => label),
        )
      ];
    const list = of.map(({ label }) => `\n  --${option} ${label}`).join('');
    this.problems.push(`${setting}: there are several, choose one of${list}`);
    return undefined;
  }

  /** A text: that of the option, the one that was found, or what is typed. `otherwise` is taken where nobody is there to ask. */
  async enter(
    question: Question,
    found: readonly Candidate<string>[],
    otherwise?: string,
  ): Promise<string | undefined> {
    const { option, setting, asks, hint } = question;
    const given = this.option(question);
    if (given !== undefined) return given;
    const [first, ...more] = found;
    if (first !== undefined && more.length === 0) {
      this.tell(question, first.value, first.from);
      return first.value;
    }
    if (more.length > 0) return (await this.#chosen(question, found))?.value;
    if (this.#asker !== undefined) {
      const typed = (await this.#asker.enter(hint === undefined ? asks : `${asks} (${hint})`, otherwise)).trim();
      return typed === '' ? otherwise : typed;
    }
    if (otherwise === undefined)
      this.problems.push(
        `${setting}: no file tells it: name it with --${option}${hint === undefined ? '' : ` (${hint})`}`,
      );
    return otherwise;
  }

  tell({ setting }: Pick<Question, 'setting'>, value: string, from: string): void {
    this.found.push({ setting, value, from });
  }
}

/** By its whole label, by its file, or by its name. */
function isCalled(label: string, named: string): boolean {
  const [file, name] = label.split('#');
  return label === named || file === named || name === named;
}
