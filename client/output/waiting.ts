/** After so long without an answer, the likeliest reason is that nobody works. */
export const PATIENCE_MS = 20_000;

/** Waits, and says once on standard error what may be the matter. */
export async function hintWhileWaiting<T>(answer: Promise<T>): Promise<T> {
  const timer = setTimeout(sayNoAnswer, PATIENCE_MS);
  try {
    return await answer;
  } finally {
    clearTimeout(timer);
  }
}

export function sayNoAnswer(): void {
  process.stderr.write(
    'No answer yet. Is a worker there? temporal task-queue describe --task-queue oidc-registrar lists those that poll.\n',
  );
}
