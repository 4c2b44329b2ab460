import type { NoticeKind } from '../../core/installation/notice.ts';
import type { Message } from './notifier.ts';

export type Shape = 'ntfy' | 'slack' | 'json';

/** Where a message goes and what is sent there. */
export interface Post {
  readonly url: string;
  readonly body: unknown;
}

/** Beyond 4,096 bytes ntfy makes an attachment of a message (docs.ntfy.sh/publish, "Limitations"); some room is left. */
const NTFY_BYTES = 3_800;
/** Text of a section block, and of a header block (docs.slack.dev, reference of the blocks "section" and "header"). */
const SLACK_SECTION = 3_000;
const SLACK_HEADER = 150;

/** Of 1 to 5, where 3 is the default (docs.ntfy.sh/publish, "Message priority"). */
const PRIORITIES: Readonly<Record<NoticeKind, number>> = { waiting: 3, failed: 4, undoPending: 4 };
/** Short codes that ntfy shows as emojis (docs.ntfy.sh/emojis). */
const TAGS: Readonly<Record<NoticeKind, string>> = {
  waiting: 'hourglass_flowing_sand',
  failed: 'rotating_light',
  undoPending: 'warning',
};

/** The message in the form that the receiver wants. */
export function postOf(shape: Shape, url: string, message: Message): Post {
  switch (shape) {
    case 'ntfy':
      return ntfy(url, message);
    case 'slack':
      return { url, body: slack(message) };
    case 'json':
      return { url, body: { source: 'oidc-registrar', ...message } };
  }
}

/**
 * ntfy takes a message as JSON at the root of the server only, with the topic as a field; at the topic's own address the
 * JSON would be the text. As headers, title and text could hold no characters beyond ASCII (docs.ntfy.sh/publish, "Publish
 * as JSON"). People give the topic's address, as ntfy shows it.
 */
function ntfy(url: string, { kind, title, text, link }: Message): Post {
  const at = new URL(url);
  const segments = at.pathname.split('/').filter((segment) => segment !== '');
  const topic = segments.pop() ?? '';
  at.pathname = `/${segments.join('/')}`;
  return {
    url: at.href,
    body: {
      topic,
      title,
      message: withinBytes(text, NTFY_BYTES),
      priority: PRIORITIES[kind],
      tags: [TAGS[kind]],
      ...(link === undefined ? {} : { click: link }),
    },
  };
}

/**
 * `text` is what notifications and screen readers show beside `blocks` (docs.slack.dev, "Sending messages using incoming
 * webhooks").
 */
function slack({ title, text, link }: Message) {
  const body = link === undefined ? escaped(text) : `${escaped(text)}\n<${escaped(link)}>`;
  return {
    text: escaped(title),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: shortened(title, SLACK_HEADER) } },
      // Verbatim: a "#" or "@" in a system's words is no channel and nobody's name.
      {
        type: 'section',
        text: { type: 'mrkdwn', verbatim: true, text: withoutHalfEntity(shortened(body, SLACK_SECTION)) },
      },
    ],
  };
}

/** Slack's three control characters (docs.slack.dev, "Formatting message text"). */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A cut may have gone through an entity. */
function withoutHalfEntity(text: string): string {
  return text.replace(/&[a-z]{0,3}…$/, '…');
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** The longest beginning that takes so many bytes in UTF-8, no character cut in two. */
function withinBytes(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text;
  const kept = new TextDecoder('utf-8').decode(Buffer.from(text).subarray(0, limit - 3));
  return `${kept.replace(/\uFFFD+$/, '')}…`;
}
