/** What people are told about: a run waits for a person, has failed, or ended with its undo waiting for a person. */
export const NOTICE_KINDS = ['waiting', 'failed', 'undoPending'] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** One message to people. Made of names, states and remedies alone: nothing that a history may not hold. */
export interface Notice {
  readonly kind: NoticeKind;
  readonly client: string;
  /** What it is about, as `turn` or an address: each kind and subject is told once a run. */
  readonly subject: string;
  /** One short line. */
  readonly title: string;
  readonly text: string;
  /** Where a person can act, such as a pull request. */
  readonly link?: string;
  /** Names whoever holds the turn at this Application, as it stands when the notice is sent. */
  readonly turnAt?: string;
}
