import type { EditStep } from './fileEdit.ts';

export interface PlannedEdit {
  readonly step: EditStep;
  /** Name of the entry, see `entryName`. */
  readonly entry: string;
  readonly path: string;
  /** `updated`: an entry of this client was there and said something else; its old text is that of the job's base. */
  readonly kind: 'changed' | 'created' | 'updated' | 'alreadyThere';
}
