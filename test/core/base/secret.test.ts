import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../core/base/secret.ts';

const text = 'hunter2-hunter2-hunter2';
const secret = new Secret(text);

describe('Secret', () => {
  it.each<[string, () => string]>([
    ['a template string', () => `${secret.toString()} ${String(secret)}`],
    ['a sum', () => [secret, ''].join('+')],
    ['JSON', () => JSON.stringify({ secret, list: [secret] })],
    ['inspect', () => inspect({ secret }, { depth: null, showHidden: true, getters: true })],
    ['inspect inside an error', () => inspect(Object.assign(new Error('x'), { secret }), { showHidden: true })],
    ['format', () => format('%s %o %O %j', secret, secret, secret, secret)],
    [
      'its keys',
      () => JSON.stringify([Object.entries(secret), Object.getOwnPropertyNames(secret), Object.assign({}, secret)]),
    ],
    ['a clone', () => inspect(structuredClone(secret), { showHidden: true })],
    ['its class', () => inspect(Object.getOwnPropertyDescriptors(Secret.prototype))],
  ])('is not seen by %s', (_, print) => {
    const printed = print();
    expect(printed).not.toBe('');
    expect(printed).not.toContain('hunter2');
  });

  it('gives a mask that tells what it stands for', () => {
    expect(`${String(secret)} ${JSON.stringify(secret)} ${inspect(secret)}`).toBe('[secret] "[secret]" [secret]');
  });

  it('is delivered by reveal only, and compared without it', () => {
    expect(secret.reveal()).toBe(text);
    expect(secret.length).toBe(23);
    expect(secret.equals(new Secret(text))).toBe(true);
    expect(secret.equals(new Secret(`${text} `))).toBe(false);
    expect(secret.equals(undefined)).toBe(false);
  });
});
