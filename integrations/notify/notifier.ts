import type { NoticeKind } from '../../core/installation/notice.ts';

/** What is sent. */
export interface Message {
  readonly kind: NoticeKind;
  readonly client: string;
  readonly workflowId: string;
  readonly title: string;
  readonly text: string;
  readonly link?: string;
}

/**
 * Tells people, through a webhook. May throw {@link RegistrarError}: `Unavailable` (no answer in time, 5xx),
 * `RateLimited` (with the time that the receiver asks for), `Unauthorized`, `NotFound`, `Failed`. No error holds the
 * address or the token: the address of a Slack webhook is itself a secret.
 */
export interface Notifier {
  send(message: Message): Promise<void>;
  /** Whether the receiver answers at all, without a message and without the token. Throws `Unavailable`. */
  reach(): Promise<void>;
}
