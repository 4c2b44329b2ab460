import type { LoginWindow, RotationJob } from '../../core/run/rotation.ts';

/** How long new logins may have failed while the secret was replaced. */
export class FailingLogins {
  #from = 0;
  #until = 0;

  /** Authentik was asked to take the new secret, in milliseconds since 1970: from then on, at the earliest, logins failed. */
  begin(askedAt: number): void {
    this.#from = askedAt;
  }

  /** Somebody more has been seen to have the new secret: until now, at the latest, logins failed. */
  seen(): void {
    this.#until = Date.now();
  }

  window({ targets }: RotationJob): LoginWindow {
    const ms = Math.max(0, this.#until - this.#from);
    const end =
      targets.length === 0
        ? 'the test at Authentik, for no consumer is known'
        : 'the last consumer that was seen to have the new one';
    const meaning = `new logins failed for at most ${ms} ms: from the moment Authentik was asked to take the new secret to ${end}`;
    return { ms, meaning };
  }
}
