/** A time in milliseconds since 1970, written as Authentik writes it. */
export function written(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}

/** Time in UTC with microseconds, never the same twice. */
export class Clock {
  #last = 0;

  now(): string {
    this.#last = Math.max(this.#last + 1, Date.now() * 1000);
    const micros = String(this.#last % 1_000_000).padStart(6, '0');
    return `${new Date(Math.floor(this.#last / 1000)).toISOString().slice(0, 19)}.${micros}Z`;
  }
}
