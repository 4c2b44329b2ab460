/** Resolves at the first Ctrl-C, SIGTERM or SIGHUP. */
export async function untilInterrupted(): Promise<void> {
  // A signal alone does not keep the process alive.
  const alive = setInterval(() => undefined, 60_000);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  clearInterval(alive);
}
