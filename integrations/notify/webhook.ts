import { RegistrarError, type ErrorKind } from '../../core/base/errors.ts';
import { jsonObject } from '../../core/base/jsonObject.ts';
import { masked } from '../../core/masking/masked.ts';
import { retryAfterMs } from '../../core/base/retryAfter.ts';
import type { Secret } from '../../core/base/secret.ts';
import { isWebPage, NoAnswer, textOf } from '../httpAnswer.ts';
import type { Message, Notifier } from './notifier.ts';
import { postOf, type Shape } from './shapes.ts';

export interface WebhookOptions {
  readonly shape: Shape;
  /** A secret: whoever has the address of a Slack webhook, or of an ntfy topic, can write there. */
  readonly url: Secret;
  /** Sent as a bearer token: an access token of ntfy (docs.ntfy.sh/publish, "Access tokens"). */
  readonly token?: Secret;
  readonly timeoutMs: number;
}

/** Bytes of an answer that are read: receivers answer a word, or one message. */
const LONGEST_ANSWER = 1024 * 1024;

/** Tells people by a POST to a webhook. */
export function createWebhook(options: WebhookOptions): Notifier {
  return { send: (message) => send(options, message), reach: () => reach(options) };
}

/** A HEAD of the server, not of the address that takes messages: whatever it answers, it is there. */
async function reach({ url, timeoutMs }: WebhookOptions): Promise<void> {
  const { origin } = new URL(url.reveal());
  const signal = AbortSignal.timeout(timeoutMs);
  await fetch(origin, { method: 'HEAD', redirect: 'manual', signal }).catch((error: unknown) => {
    throw silence(error, timeoutMs);
  });
}

async function send({ shape, url, token, timeoutMs }: WebhookOptions, message: Message): Promise<void> {
  const { title, text: words } = message;
  const post = postOf(shape, url.reveal(), { ...message, title: masked(title), text: masked(words) });
  const signal = AbortSignal.timeout(timeoutMs);
  const response = await fetch(post.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token.reveal()}` }),
    },
    body: JSON.stringify(post.body),
    // The token goes to the receiver, and nowhere that it points to.
    redirect: 'manual',
    signal,
  }).catch((error: unknown) => {
    throw silence(error, timeoutMs);
  });
  const text = await bodyOf(response);
  if (!response.ok) throw refusal(response.status, wordsOf(text), retryAfterMs(response.headers));
  const why = text === undefined ? undefined : whyNotTaken(shape, text);
  if (why !== undefined) throw misdirected(why);
}

/** Undefined where the body broke off: what the status says is known by then. */
async function bodyOf({ body }: Response): Promise<string | undefined> {
  return textOf(body, LONGEST_ANSWER).catch((error: unknown) => {
    if (error instanceof NoAnswer) throw misdirected(error.message);
    return undefined;
  });
}

/**
 * Why a success is none. ntfy answers the message with its id (docs.ntfy.sh/publish); what takes Slack's messages, or any JSON,
 * answers as it likes, but with no page for a browser.
 */
function whyNotTaken(shape: Shape, text: string): string | undefined {
  if (isWebPage(text)) return 'answered with a web page, as a log-in proxy in front of it does';
  if (shape === 'ntfy' && typeof jsonObject(text)?.['id'] !== 'string') return 'answered as no ntfy server does';
  return undefined;
}

function misdirected(why: string): RegistrarError {
  const remedy = 'See that REGISTRAR_NOTIFY_URL and notify.shape lead to the receiver, and what stands in front of it.';
  return failure('Unavailable', `the webhook ${why}`, remedy);
}

/** The name of an error and the code of its cause; its message may quote the address. */
function silence(error: unknown, timeoutMs: number): RegistrarError {
  const { name, cause } = error as { readonly name?: string; readonly cause?: { readonly code?: unknown } };
  const why = name === 'TimeoutError' ? `within ${timeoutMs} ms` : `(${codeOf(cause?.code ?? name)})`;
  return failure(
    'Unavailable',
    `the webhook does not answer ${why}`,
    'See that the receiver of REGISTRAR_NOTIFY_URL is up.',
  );
}

function codeOf(code: unknown): string {
  return typeof code === 'string' && /^\w{1,40}$/.test(code) ? code : 'no reason';
}

/**
 * A word or a short sentence of the receiver's: Slack answers a bare word such as `no_service`, ntfy JSON with `error`. Any
 * other text might echo what was sent.
 */
function wordsOf(text = ''): string {
  if (/^[a-z_]{1,60}$/.test(text.trim())) return ` ${text.trim()}`;
  const error = jsonObject(text)?.['error'];
  return typeof error === 'string' && /^[a-z ,:-]{1,80}$/i.test(error) ? ` ${error}` : '';
}

/** 429 with Retry-After in seconds is how both ask for a pause (docs.slack.dev, "Rate limits"; docs.ntfy.sh/publish, "Limitations"). */
function refusal(status: number, words: string, waitMs: number | undefined): RegistrarError {
  // A receiver says why there is no such webhook; what says nothing stands in front of it, and passes.
  if (status === 404 && words === '') return misdirected('answered 404, and not in the words of a receiver');
  const { kind, remedy } = meaningOf(status);
  return failure(kind, `the webhook answered ${status}${words}`, remedy, {
    status,
    ...(kind === 'RateLimited' && waitMs !== undefined ? { retryAfterMs: waitMs } : {}),
  });
}

function meaningOf(status: number): { readonly kind: ErrorKind; readonly remedy: string } {
  if (status === 401 || status === 403)
    return { kind: 'Unauthorized', remedy: 'Check REGISTRAR_NOTIFY_TOKEN, and that the channel takes messages.' };
  if (status === 404 || status === 410)
    return { kind: 'NotFound', remedy: 'Make the webhook anew and correct REGISTRAR_NOTIFY_URL.' };
  if (status === 429) return { kind: 'RateLimited', remedy: 'The receiver takes fewer messages; it is tried again.' };
  if (status >= 500) return { kind: 'Unavailable', remedy: 'See the log of the receiver.' };
  return { kind: 'Failed', remedy: 'See that notify.shape in registrar.yaml is that of the receiver.' };
}

function failure(
  kind: ErrorKind,
  message: string,
  remedy: string,
  more: { readonly status?: number; readonly retryAfterMs?: number } = {},
): RegistrarError {
  return new RegistrarError({ system: 'Webhook', kind, message, remedy, ...more });
}
