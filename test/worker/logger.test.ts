import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../core/base/secret.ts';
import { createLogger } from '../../worker/logger.ts';

const TOKEN = 'token-of-somebody-0123456789abcdef';

function logged(
  level: string,
  write: (log: ReturnType<typeof createLogger>) => void,
): readonly Record<string, unknown>[] {
  const lines: string[] = [];
  write(createLogger(level, { write: (line: string) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the log', () => {
  test('is a JSON object a line, from its level up', () => {
    const lines = logged('info', (log) => {
      log.debug('not this');
      log.info('the worker is ready', { taskQueue: 'oidc-registrar' });
      log.log('WARN', 'careful');
      log.error('bad');
      log.trace('not this either');
    });
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      [30, 'the worker is ready'],
      [40, 'careful'],
      [50, 'bad'],
    ]);
    expect(lines[0]).toMatchObject({ taskQueue: 'oidc-registrar' });
  });

  test('ends a line that is cut off as any other', () => {
    let written = '';
    const log = createLogger('info', { write: (line: string) => void (written += line) });
    log.info('x'.repeat(100_000));
    log.info('after it');
    const [cut = '', next = '', ...rest] = written.split('\n');
    expect(cut.length).toBeLessThan(100_000);
    expect(JSON.parse(next)).toMatchObject({ msg: 'after it' });
    expect(rest).toEqual(['']);
  });

  test('masks what could be a token: fields of that name, requests, and what libraries say in their errors', () => {
    const error = new Error(`401 for Bearer ${TOKEN}`, { cause: new Error(`again ${TOKEN}`) });
    Object.assign(error, { config: { headers: { authorization: TOKEN } } });
    const lines = logged('info', (log) => {
      log.warn('x', { token: TOKEN, authorization: TOKEN, headers: { authorization: TOKEN } });
      log.warn('x', { request: { headers: TOKEN, config: TOKEN, token: TOKEN } });
      log.warn('x', { error });
    });
    expect(JSON.stringify(lines)).not.toContain(TOKEN);
    expect(lines[2]?.['error']).toEqual({
      name: 'Error',
      message: '401 for Bearer [masked]',
      cause: { name: 'Error', message: 'again [masked]' },
    });
  });

  test('keeps the words of our own failures, which hold no secret: a commit in them is worth reading', () => {
    const commit = '0123456789abcdef0123456789abcdef01234567';
    const error = ApplicationFailure.create({ type: 'Failed', message: `Argo CD: sync at ${commit} failed` });
    const [line] = logged('info', (log) => log.warn('Activity failed', { error }));
    expect(line?.['error']).toEqual({ name: 'ApplicationFailure', message: `Argo CD: sync at ${commit} failed` });
  });

  test('masks a secret that is known, whatever it looks like, in every part of a line', () => {
    const phrase = 'my old cat sat on a red mat';
    const secret = new Secret(phrase);
    const cause = ApplicationFailure.create({ message: `Authentik: ${secret.reveal()}` });
    const [line] = logged('info', (log) =>
      log.warn(`about ${phrase}`, {
        memo: { deep: [phrase] },
        url: encodeURIComponent(phrase),
        error: new Error('x', { cause }),
      }),
    );
    expect(line).toMatchObject({ msg: 'about [masked]', memo: { deep: ['[masked]'] }, url: '[masked]' });
    expect(line?.['error']).toMatchObject({ cause: { message: 'Authentik: [masked]' } });
  });

  test('with a level that is none is at info', () => {
    const lines = logged('verbose', (log) => {
      log.debug('not this');
      log.info('this');
    });
    expect(lines.map(({ msg }) => msg)).toEqual(['this']);
  });
});
