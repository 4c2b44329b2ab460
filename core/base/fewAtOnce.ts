/** The answers in the order of what is asked about, so many questions at a time; the first that fails ends it. */
export async function fewAtOnce<T, R>(
  about: readonly T[],
  atOnce: number,
  ask: (one: T) => Promise<R>,
): Promise<readonly R[]> {
  const answers: R[] = [];
  const left = about.entries();
  const asking = Array.from({ length: atOnce }, async () => {
    for (const [place, one] of left) answers[place] = await ask(one);
  });
  await Promise.all(asking);
  return answers;
}
