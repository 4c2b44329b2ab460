import { describe, expect, it } from 'vitest';
import { forbiddenHost, isLoopback } from '../../../core/policy/hosts.ts';
import { matches } from '../../../core/policy/pattern.ts';

const host = (url: string): string => new URL(url).hostname;

describe('hosts', () => {
  it.each([
    'http://169.254.169.254/',
    'http://2852039166/',
    'http://0xa9.254.169.254/',
    'http://[::ffff:169.254.169.254]/',
    'http://[fe80::1]/',
    'http://metadata.google.internal./',
    'http://METADATA/',
    'http://100.100.100.200/',
    'http://[fd00:ec2::254]/',
  ])('no probe may ask %s', (url) => {
    expect(forbiddenHost(host(url))).toBeDefined();
  });

  it.each(['http://zot.orchard.example/', 'http://10.0.0.5/', 'http://192.168.1.1/', 'http://[fd00::1]/'])(
    'a probe may ask %s',
    (url) => {
      expect(forbiddenHost(host(url))).toBeUndefined();
    },
  );

  it.each(['http://localhost/', 'http://a.localhost:8080/', 'http://127.0.0.1/', 'http://127.1/', 'http://[::1]/'])(
    '%s is the own machine',
    (url) => {
      expect(isLoopback(host(url))).toBe(true);
    },
  );
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
