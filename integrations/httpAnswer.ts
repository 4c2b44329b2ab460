/** Bytes that are read of one answer. The longest there are, pages of 500 Kubernetes objects, have a few MiB. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;
/** Pages of a list that are read: 50,000 pull requests of Gitea, 500,000 objects of Kubernetes. */
const MAX_PAGES = 1_000;

/**
 * What came is not what the system answers. The message continues a sentence that begins with the system's name, and holds
 * nothing of what came. Never a reason to believe that something is absent: an adapter makes `Unavailable` of it.
 */
export class NoAnswer extends Error {
  /** HTTP status of what came, where it is told by it. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

/** The body as text. Throws {@link NoAnswer} past `maxBytes`, and reads no further. */
export async function textOf(body: AsyncIterable<Uint8Array> | null, maxBytes = MAX_BODY_BYTES): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new NoAnswer(`answered with more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The JSON value that a body is. Throws {@link NoAnswer} where it is none, and says so of a web page. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new NoAnswer(noJson(text));
  }
}

/** Told by the text: applications answer `ok` as `text/html`, and proxies a page as anything. */
export function isWebPage(text: string): boolean {
  return /^\s*<(!doctype\s+html|html|head|body)\b/i.test(text);
}

/** Words for a refusal that is not in the form of the system's own, to continue a sentence as {@link NoAnswer} does. */
export function foreignRefusal(status: number, text: string): string {
  const how = isWebPage(text) ? WEB_PAGE : 'in words that are not its own';
  return `answered ${status} ${how}`;
}

/** In the words of an error about one. */
export const WEB_PAGE = 'with a web page, as a log-in proxy in front of it does';

function noJson(text: string): string {
  if (isWebPage(text)) return `answered ${WEB_PAGE}`;
  return text.trim() === '' ? 'answered with nothing' : 'answered with something that is not JSON';
}

/**
 * The pages of a list, from the one of `first` on. `ask` gives a page and the key of the next one, undefined after the
 * last. Throws {@link NoAnswer} where a key comes again, and after {@link MAX_PAGES}.
 */
export async function* pagesOf<Key, Page>(
  first: Key,
  ask: (key: Key) => Promise<readonly [page: Page, next: Key | undefined]>,
): AsyncGenerator<Page, void> {
  const asked = new Set<Key>();
  for (let key: Key | undefined = first; key !== undefined;) {
    if (asked.has(key) || asked.size === MAX_PAGES) throw new NoAnswer('answered with a list that does not end');
    asked.add(key);
    const [page, next]: readonly [Page, Key | undefined] = await ask(key);
    yield page;
    key = next;
  }
}
