import { Context } from '@temporalio/activity';
import { READ_TRIES, type CheckReport, type Seen } from '../../core/check/finding.ts';
import { boundedReport } from '../../core/check/bounds.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { type DeliveredNames, isPublic } from '../../core/names/delivered.ts';

/** Gathers what the reading of several systems gave: one that cannot be read is a finding, and the others are still read. */
export class Reading {
  readonly #looks: CheckReport[] = [];

  /** Adds what a look found, or that it failed. What a repetition may mend is thrown until the activity's last try. */
  async of(look: () => Promise<CheckReport>): Promise<void> {
    const seen = await this.ask(look);
    if (seen !== undefined) this.#looks.push(seen);
  }

  /** Adds what was found of how a secret arrives, which is nothing of a public client. */
  async ofSecret(names: Pick<DeliveredNames, 'public'>, look: () => Promise<CheckReport>): Promise<void> {
    if (!isPublic(names)) await this.of(look);
  }

  /** The answer; undefined where the system could not be read, which is noted. */
  async ask<T>(question: () => Promise<T>): Promise<T | undefined> {
    try {
      return await question();
    } catch (error) {
      if (!(error instanceof RegistrarError)) throw error;
      if (error.retryable && Context.current().info.attempt < READ_TRIES) throw error;
      this.#looks.push({ present: false, findings: [unreadable(error)] });
      return undefined;
    }
  }

  result(): CheckReport {
    const repairRefused = this.#looks.find((look) => look.repairRefused !== undefined)?.repairRefused;
    const rotatedAt = this.#looks.find((look) => look.rotatedAt !== undefined)?.rotatedAt;
    return boundedReport({
      present: this.#looks.some((look) => look.present),
      findings: this.#looks.flatMap((look) => look.findings),
      ...(repairRefused === undefined ? {} : { repairRefused }),
      ...(rotatedAt === undefined ? {} : { rotatedAt }),
    });
  }
}

function unreadable({ system, message, remedy }: RegistrarError): Seen {
  return { system, severity: 'unreadable', what: message, remedy };
}
