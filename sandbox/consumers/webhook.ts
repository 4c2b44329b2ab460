import { jsonObject } from '../../core/base/jsonObject.ts';
import type { Faults } from '../faults/faults.ts';
import { startStandIn, type StandIn, type StandInAnswer, type StandInRequest } from '../kit/http.ts';

export type WebhookShape = 'ntfy' | 'slack' | 'json';

export interface WebhookStandIn extends StandIn {
  /** What REGISTRAR_NOTIFY_URL must be. */
  readonly address: string;
  /** Bodies of the requests that were taken, in order. */
  readonly received: readonly Readonly<Record<string, unknown>>[];
  /** Token, and the parts of the address that let anybody write. */
  readonly secrets: readonly string[];
  /** Requests that arrived, those that were refused included. */
  readonly requests: readonly { readonly path: string; readonly authorization: string | undefined }[];
}

const TOPIC = 'registrations-9Yq2';
const HOOK = '/services/T0SANDBOX/B0SANDBOX/x7Qm2vLk9sPz4wRtYb6N';

/**
 * Stand-in for what takes notices: an ntfy server with one topic that asks for a token, a Slack webhook, or anything that takes JSON.
 * Each refuses what the real one does not understand.
 */
export async function startWebhook(shape: WebhookShape, token: string, faults: Faults): Promise<WebhookStandIn> {
  const received: Readonly<Record<string, unknown>>[] = [];
  const requests: WebhookStandIn['requests'][number][] = [];
  const standIn = await startStandIn({
    system: 'webhook',
    faults,
    handle: (request) => {
      const { authorization } = request.headers;
      requests.push({ path: request.path, authorization });
      const body = jsonObject(request.body);
      const refused = refusalOf(shape, token, request, body);
      if (refused !== undefined || body === undefined) return refused ?? { status: 400, body: 'invalid_payload' };
      received.push(body);
      return shape === 'slack' ? { status: 200, body: 'ok' } : { status: 200, body: { id: `m${received.length}` } };
    },
  });
  const paths = { ntfy: `/${TOPIC}`, slack: HOOK, json: '/hooks/oidc' };
  return { ...standIn, address: `${standIn.url}${paths[shape]}`, secrets: [token, TOPIC, HOOK], received, requests };
}

function refusalOf(
  shape: WebhookShape,
  token: string,
  request: StandInRequest,
  body: Readonly<Record<string, unknown>> | undefined,
): StandInAnswer | undefined {
  if (request.method !== 'POST') return { status: 405, body: '' };
  if (shape === 'slack') {
    if (request.path !== HOOK) return { status: 404, body: 'no_service' };
    return isSlackMessage(body) ? undefined : { status: 400, body: 'invalid_payload' };
  }
  if (request.headers.authorization !== `Bearer ${token}`) return ntfyError(401, 'unauthorized');
  if (shape === 'json') return undefined;
  // At the topic's own address ntfy would take the JSON as the text.
  if (request.path !== '/') return { status: 400, body: `JSON as a text at ${request.path}` };
  if (body?.['topic'] !== TOPIC) return ntfyError(403, 'forbidden');
  return Buffer.byteLength(String(body['message'])) > 4_096 ? ntfyError(413, 'too large') : undefined;
}

function ntfyError(http: number, error: string): StandInAnswer {
  return { status: http, body: { code: http * 100 + 1, http, error } };
}

interface SlackBlock {
  readonly type?: string;
  readonly text?: { readonly type?: string; readonly text?: string };
}

const LIMITS: Readonly<Record<string, number>> = { header: 150, section: 3_000 };

function isSlackMessage(body: Readonly<Record<string, unknown>> | undefined): boolean {
  if (typeof body?.['text'] !== 'string') return false;
  const blocks = (body['blocks'] ?? []) as readonly SlackBlock[];
  return blocks.every(({ type = '', text }) => {
    const length = text?.text?.length ?? 0;
    return length > 0 && length <= (LIMITS[type] ?? 0) && (type !== 'header' || text?.type === 'plain_text');
  });
}
