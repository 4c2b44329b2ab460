/** Hosts by what they are, as far as a URL's `hostname` tells. A name that resolves to such an address is told where it is asked. */

/** The machine of whoever opens the link (RFC 8252, section 7.3; RFC 6761, section 6.3). */
export function isLoopback(hostname: string): boolean {
  const host = bare(hostname);
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || v4Of(host).startsWith('127.');
}

/** Why nobody may have the worker ask a host; undefined where it may be. Clouds answer there with credentials of the machine. */
export function forbiddenHost(hostname: string): string | undefined {
  const host = bare(hostname);
  if (METADATA.has(host)) return 'a metadata address of a cloud';
  const v4 = v4Of(host);
  if (v4.startsWith('169.254.') || /^fe[89ab][0-9a-f]:/.test(host)) return 'a link-local address';
  if (v4 === '100.100.100.200' || host.startsWith('fd00:ec2:')) return 'a metadata address of a cloud';
  return undefined;
}

const METADATA: ReadonlySet<string> = new Set(['metadata.google.internal', 'metadata', 'instance-data']);

/** Without the brackets of an IPv6 address, and the dot that ends a full name. */
function bare(hostname: string): string {
  return hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}

/** The IPv4 address within an IPv4-mapped one (`::ffff:a9fe:a9fe`), or the text itself: a URL writes every spelling of one in one way. */
function v4Of(host: string): string {
  const mapped = /^::(?:ffff:)?([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host);
  if (mapped === null) return host;
  const [high = 0, low = 0] = mapped.slice(1).map((part) => Number.parseInt(part, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
