import { RegistrarError } from './errors.ts';
import { sentence } from './words.ts';

/** Several things that are refused at once, so that people need not mend one to hear of the next. */
export class Several extends RegistrarError {
  readonly problems: readonly RegistrarError[];

  constructor(problems: readonly [RegistrarError, ...RegistrarError[]], more = '') {
    const [{ system, kind }] = problems;
    const list = problems.map((problem, i) => `${i + 1}. ${problem.system}: ${inWords(problem)}`);
    super({
      system,
      kind,
      message: `${problems.length} problems, nothing was changed. ${list.join(' ')}`,
      remedy: `Mend them all, then start again.${more}`,
    });
    this.problems = problems;
  }
}

/** A problem with its remedy, which stands on a line of its own below what has lines. */
function inWords({ message, remedy }: RegistrarError): string {
  return message.includes('\n') ? `${message.trimEnd()}\n${remedy}` : `${sentence(message)} ${remedy}`;
}

/** Throws where there are problems: the one, or several as one, of the system and kind of the first. */
export function throwAll([first, ...others]: readonly RegistrarError[], more = ''): void {
  if (first === undefined) return;
  throw others.length === 0 ? first : new Several([first, ...others], more);
}
