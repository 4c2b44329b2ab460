/** What of a request is repeated. */
interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: { readonly authorization?: string | undefined };
  readonly body: string;
}

/** The request as a careless server, or a proxy that explains itself, may repeat it: in clear and in the encodings of its logs. */
export function echoOf({ method, path, headers, body }: Request): string {
  const authorization = headers.authorization ?? '';
  const basic = authorization.startsWith('Basic ')
    ? Buffer.from(authorization.slice(6), 'base64').toString('utf8')
    : '';
  const request = `${method} ${path} authorization: ${authorization} ${basic} ${body}`;
  return [request, JSON.stringify(request), encodeURIComponent(request), Buffer.from(request).toString('base64')].join(
    ' ',
  );
}

/** An error whose every sentence repeats the request; any other answer as it is. */
export function echoing<Answer extends { readonly status: number; readonly body?: unknown }>(
  request: Request,
  answer: Answer,
): Answer {
  const { status, body } = answer;
  if (status < 400 || typeof body !== 'object' || body === null || Array.isArray(body)) return answer;
  const echo = echoOf(request);
  const sentences = Object.entries(body as Readonly<Record<string, unknown>>).map(([key, value]) => [
    key,
    SENTENCES.has(key) && typeof value === 'string' ? `${value} (${echo})` : value,
  ]);
  return { ...answer, body: Object.fromEntries(sentences) };
}

const SENTENCES: ReadonlySet<string> = new Set(['message', 'detail', 'error_description']);
