/**
 * Hosts by what they are. A URL's `hostname` tells it of an address, in whatever notation it was written (`new URL` of http and https
 * makes one of them all); of a name only the addresses tell that it resolves to, when it is asked.
 */

/** The machine of whoever opens the link (RFC 8252, section 7.3; RFC 6761, section 6.3). */
export function isLoopback(hostname: string): boolean {
  return kindOf(hostname) === 'loopback';
}

/** Which of its own addresses the worker may ask for somebody else. */
export interface Reach {
  readonly loopback: boolean;
  readonly private: boolean;
}

/** Why the worker does not ask a host or an address, and what of the policy would let it. */
export interface Barred {
  readonly why: string;
  readonly key?: keyof Reach;
}

/** Undefined where it may be asked. Clouds answer at link-local and at metadata addresses with credentials of the machine. Pure. */
export function barred(host: string, reach: Reach): Barred | undefined {
  const kind = kindOf(host);
  if (kind === 'linkLocal') return { why: 'a link-local address' };
  if (kind === 'metadata') return { why: 'a metadata address of a cloud' };
  if (kind === 'loopback' && !reach.loopback) return { why: "the worker's own machine", key: 'loopback' };
  if (kind === 'private' && !reach.private) return { why: 'a private address', key: 'private' };
  return undefined;
}

type Kind = 'linkLocal' | 'metadata' | 'loopback' | 'private';

/** Of a name as far as it tells by itself; undefined where it is none of these, or only its addresses tell. */
function kindOf(hostname: string): Kind | undefined {
  const host = bare(hostname);
  if (METADATA_NAMES.has(host)) return 'metadata';
  if (host === 'localhost' || host.endsWith('.localhost')) return 'loopback';
  const v4 = v4Of(host);
  if (v4 !== undefined) return kindOfV4(v4);
  const v6 = v6Of(host);
  return v6 === undefined ? undefined : kindOfV6(v6);
}

/** As Google, Amazon and Microsoft name them. */
const METADATA_NAMES: ReadonlySet<string> = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
  'metadata.azure.internal',
]);

/** Without the brackets and the zone of an IPv6 address, and the dots that end a full name. */
function bare(hostname: string): string {
  return hostname
    .replace(/^\[|\]$/g, '')
    .replace(/%.*$/, '')
    .replace(/\.+$/, '')
    .toLowerCase();
}

type V4 = readonly [number, number, number, number];

function v4Of(host: string): V4 | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host)?.slice(1).map(Number);
  return parts?.every((part) => part < 256) === true ? (parts as unknown as V4) : undefined;
}

/** Addresses of Alibaba, Oracle and Azure beside the link-local one that all others have (169.254.169.254). */
const METADATA_V4: ReadonlySet<string> = new Set(['100.100.100.200', '192.0.0.192', '168.63.129.16']);

/** By the registry of IPv4 special-purpose addresses. Linux leads 0.0.0.0 to the machine itself. */
function kindOfV4(address: V4): Kind | undefined {
  const [first, second] = address;
  if (METADATA_V4.has(address.join('.'))) return 'metadata';
  if (first === 127 || first === 0) return 'loopback';
  if (first === 169 && second === 254) return 'linkLocal';
  const shared = first === 100 && second >= 64 && second < 128;
  const ofTwelve = first === 172 && second >= 16 && second < 32;
  return first === 10 || shared || ofTwelve || (first === 192 && second === 168) ? 'private' : undefined;
}

/** The eight groups of an IPv6 address, its last two perhaps written as an IPv4 one; undefined where it is none. */
function v6Of(host: string): readonly number[] | undefined {
  if (!host.includes(':')) return undefined;
  const at = host.lastIndexOf(':') + 1;
  const v4 = v4Of(host.slice(at));
  const text = v4 === undefined ? host : `${host.slice(0, at)}${hex(v4[0], v4[1])}:${hex(v4[2], v4[3])}`;
  const halves = text.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const [head = [], tail = []] = halves;
  const filled = halves.length === 1 ? head : [...head, ...zeros(8 - head.length - tail.length), ...tail];
  const groups = filled.map((group) => (/^[0-9a-f]{1,4}$/.test(group) ? Number.parseInt(group, 16) : Number.NaN));
  return halves.length <= 2 && groups.length === 8 && !groups.some(Number.isNaN) ? groups : undefined;
}

function hex(high: number, low: number): string {
  return ((high << 8) | low).toString(16);
}

function zeros(count: number): readonly string[] {
  return Array.from({ length: Math.max(0, count) }, () => '0');
}

function kindOfV6(groups: readonly number[]): Kind | undefined {
  const [first = 0, second = 0, third = 0] = groups;
  if (groups.slice(0, 7).every((group) => group === 0) && (groups[7] ?? 0) <= 1) return 'loopback';
  const inner = embeddedV4(groups);
  if (inner !== undefined) return kindOfV4(inner);
  // Amazon's and Google's.
  if (first === 0xfd00 && second === 0xec2) return 'metadata';
  if (first === 0xfd20 && second === 0xce) return 'metadata';
  if ((first & 0xffc0) === 0xfe80) return 'linkLocal';
  const uniqueLocal = (first & 0xfe00) === 0xfc00;
  const siteLocal = (first & 0xffc0) === 0xfec0;
  const translated = first === 0x64 && second === 0xff9b && third === 1;
  return uniqueLocal || siteLocal || translated ? 'private' : undefined;
}

/** The IPv4 address that an IPv6 one leads to: mapped, compatible, translated (RFC 6052) or 6to4 (RFC 3056). */
function embeddedV4(groups: readonly number[]): V4 | undefined {
  const [first, second, third] = groups;
  const startsWith = (...wanted: readonly number[]): boolean => wanted.every((group, i) => groups[i] === group);
  if (first === 0x2002) return v4From(second, third);
  const mapped = startsWith(0, 0, 0, 0, 0, 0xffff) || startsWith(0, 0, 0, 0, 0xffff, 0) || startsWith(0, 0, 0, 0, 0, 0);
  return mapped || startsWith(0x64, 0xff9b, 0, 0, 0, 0) ? v4From(groups[6], groups[7]) : undefined;
}

function v4From(high = 0, low = 0): V4 {
  return [high >> 8, high & 255, low >> 8, low & 255];
}
