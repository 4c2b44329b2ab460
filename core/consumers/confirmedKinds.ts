import { ansible } from './ansible/confirmed.ts';
import type { ConfirmedKind } from './kind.ts';

/** Kinds of consumers that a person may confirm. Workflows load them: no parser and no schema is among what they import. */
export const CONFIRMED_KINDS: readonly ConfirmedKind[] = [ansible];
