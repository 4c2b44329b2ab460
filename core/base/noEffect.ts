const NOTHING = 'nothing was done.';

/** How a run answers an update that it has no use for now. */
export function nothingDone(why: string): string {
  return `${why}; ${NOTHING}`;
}

/** Whether an update was of use. */
export function wasOfUse(answer: string): boolean {
  return !answer.endsWith(NOTHING);
}
