/** Questions to one server at a time: more would wait there, or be refused by its limit of requests. */
const AT_ONCE = 8;

/** The answers in the order of what is asked about; the first that fails ends it. */
export async function fewAtOnce<T, R>(about: readonly T[], ask: (one: T) => Promise<R>): Promise<readonly R[]> {
  const answers: R[] = [];
  const left = about.entries();
  const asking = Array.from({ length: AT_ONCE }, async () => {
    for (const [place, one] of left) answers[place] = await ask(one);
  });
  await Promise.all(asking);
  return answers;
}
