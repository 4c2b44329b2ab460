import { defineSearchAttributeKey } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import type { InstallationSummary } from '../../core/run/requests.ts';

const CLIENT = defineSearchAttributeKey('OidcClient', 'KEYWORD');
const PHASE = defineSearchAttributeKey('OidcPhase', 'KEYWORD');
const OUTCOME = defineSearchAttributeKey('OidcOutcome', 'KEYWORD');

/**
 * By what Temporal's list finds a workflow, where the server knows the search attributes. An activity has asked it: to set one that it
 * does not know fails the workflow task again and again. Histories of before know of no phases.
 */
export class FoundBy {
  #phase: string | undefined;

  /** A run that changes a client is found by its phase as well. */
  begin(installation: InstallationSummary, client: string, phase?: string): void {
    this.#phase = installation.phases === true ? phase : undefined;
    const pairs = [
      ...(installation.searchable ? [{ key: CLIENT, value: client }] : []),
      ...(this.#phase === undefined ? [] : [{ key: PHASE, value: this.#phase }]),
    ];
    if (pairs.length > 0) upsertSearchAttributes(pairs);
  }

  phase(phase: string): void {
    if (this.#phase === undefined || this.#phase === phase) return;
    this.#phase = phase;
    upsertSearchAttributes([{ key: PHASE, value: phase }]);
  }

  end(outcome: string): void {
    if (this.#phase === undefined) return;
    upsertSearchAttributes([
      { key: PHASE, value: 'done' },
      { key: OUTCOME, value: outcome },
    ]);
  }
}
