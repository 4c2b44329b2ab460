import { describe, expect, it } from 'vitest';
import { barred, isLoopback } from '../../../core/policy/hosts.ts';
import { matches } from '../../../core/policy/pattern.ts';

const host = (url: string): string => new URL(url).hostname;

const OPEN = { loopback: true, private: true };
const CLOSED = { loopback: false, private: false };

describe('hosts', () => {
  it.each([
    'http://169.254.169.254/',
    'http://169.254.169.254./',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://0xa9.254.169.254/',
    'http://0251.0376.0251.0376/',
    'http://169.16689662/',
    'http://１６９.254.169.254/',
    'http://[::ffff:169.254.169.254]/',
    'http://[::169.254.169.254]/',
    'http://[::ffff:0:169.254.169.254]/',
    'http://[64:ff9b::169.254.169.254]/',
    'http://[2002:a9fe:a9fe::]/',
    'http://[fe80::1]/',
    'http://[FEBF::1]/',
    'http://metadata.google.internal/',
    'http://metadata.google.internal./',
    'http://METADATA/',
    'http://ｍetadata/',
    'http://100.100.100.200/',
    'http://168.63.129.16/',
    'http://[fd00:ec2::254]/',
    'http://[fd20:ce::254]/',
  ])('no probe may ask %s, whatever the policy says', (url) => {
    expect(barred(host(url), OPEN)).toEqual({ why: expect.stringMatching(/metadata|link-local/) });
  });

  // A URL has no zone; what a resolver answers may have one.
  it.each(['fe80::1%eth0', 'FE80::1', '::ffff:169.254.169.254', '0:0:0:0:0:ffff:a9fe:a9fe', '64:ff9b::a9fe:a9fe'])(
    'nor the address %s',
    (address) => {
      expect(barred(address, OPEN)).toBeDefined();
    },
  );

  it.each([
    'http://10.0.0.5/',
    'http://192.168.1.1/',
    'http://172.31.0.1/',
    'http://100.64.0.1/',
    'http://[fd12::1]/',
    'http://[fec0::1]/',
    'http://[::ffff:10.0.0.5]/',
    'http://[64:ff9b::10.0.0.5]/',
    'http://0xa000005/',
  ])('%s is a private address', (url) => {
    expect(barred(host(url), OPEN)).toBeUndefined();
    expect(barred(host(url), CLOSED)).toEqual({ why: 'a private address', key: 'private' });
  });

  it.each(['http://zot.orchard.example/', 'http://192.0.2.1/', 'http://172.32.0.1/', 'http://[2001:db8::1]/'])(
    'a probe may ask %s',
    (url) => {
      expect(barred(host(url), CLOSED)).toBeUndefined();
    },
  );

  it.each([
    'http://localhost/',
    'http://LOCALHOST./',
    'http://a.localhost:8080/',
    'http://127.0.0.1/',
    'http://127.1/',
    'http://017700000001/',
    'http://0/',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
  ])('%s is the own machine', (url) => {
    expect(isLoopback(host(url))).toBe(true);
    expect(barred(host(url), CLOSED)).toMatchObject({ key: 'loopback' });
  });
});

describe('patterns', () => {
  it.each([
    ['changelog.d/*', 'changelog.d/zot.md', true],
    ['changelog.d/*', 'changelog.d/a/b.md', false],
    ['changelog.d/**', 'changelog.d/a/b.md', true],
    ['changelog.d/*', 'changelogXd/zot.md', false],
    ['*.example.org', 'a.example.org', true],
    ['*.example.org', 'a.example.org.evil', false],
    ['Team (a|b)', 'Team (a|b)', true],
    ['Team (a|b)', 'Team a', false],
    ['[a-z]', 'b', false],
    ['changelog.d/*', 'Changelog.d/x', false],
  ])('%s matches %s: %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });
});
