import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../core/secret.ts';
import type { ConnectItem, ConnectStandIn } from '../../sandbox/connect.ts';
import type { FaultEffect } from '../../sandbox/faults.ts';
import { errorOf, everythingOf } from '../fixtures/errors.ts';
import { ITEM, READ_ONLY_TOKEN, testVault, UNRELATED, VAULT, VAULT_TOKEN } from '../fixtures/vault.ts';

const PENDING = 'zot-client-secret (pending change-1)';
const FIELD = 'zot-client-secret';
const value = new Secret('Zx9-generated-value-that-nobody-may-see');

function puts(connect: ConnectStandIn): number {
  return connect.log.filter(({ method }) => method === 'PUT').length;
}

/** The item without what a write may change, and without the fields of the job. */
function untouched({ version: _version, updatedAt: _at, lastEditedBy: _by, ...item }: ConnectItem): unknown {
  return { ...item, fields: item.fields.filter((field) => field.label?.startsWith('zot-') !== true) };
}

describe('reading', () => {
  test('gives every field with its section by name, and masks the values', async () => {
    const { vault } = await testVault();
    const item = await vault.read();
    expect(item).toMatchObject({ ...ITEM, version: 1 });
    expect(item.fields.map(({ id, label, type }) => ({ id, label, type }))).toEqual(
      UNRELATED.map(({ id, label, type }) => ({ id, label, type })),
    );
    expect(item.fields.map((field) => field.value.reveal())).toEqual(UNRELATED.map((field) => field.value));
    expect(item.fields.slice(0, 5).map((field) => field.section)).toEqual([
      'Database',
      undefined,
      undefined,
      undefined,
      'Clients',
    ]);
    expect(JSON.stringify(item)).not.toContain('value 1');
  });

  test('an item of another title is refused, and both titles are named', async () => {
    const { as, connect } = await testVault();
    const other = as({ itemTitle: 'Authentik' });
    for (const work of [other.read(), other.addField(PENDING, value)]) {
      const error = await errorOf(work);
      expect(error).toMatchObject({ system: '1Password', kind: 'Refused' });
      expect(error.message).toContain('titled "Authentik (orchard)", registrar.yaml says "Authentik"');
    }
    expect(puts(connect)).toBe(0);
  });
});

describe('the life of a field', () => {
  test('from pending to its label and away again leaves all others as they were, byte for byte', async () => {
    const { vault, connect } = await testVault();
    const before = untouched(connect.item(ITEM.id));

    const added = await vault.addField(PENDING, value);
    expect(added).toMatchObject({ added: true });
    expect(connect.item(ITEM.id).fields.at(-1)).toEqual({
      id: added.fieldId,
      label: PENDING,
      type: 'CONCEALED',
      value: value.reveal(),
    });
    expect(untouched(connect.item(ITEM.id))).toEqual(before);

    expect(await vault.relabelField(PENDING, FIELD)).toEqual({ fieldId: added.fieldId, changed: true });
    expect(connect.item(ITEM.id).fields.at(-1)).toEqual({
      id: added.fieldId,
      label: FIELD,
      type: 'CONCEALED',
      value: value.reveal(),
    });
    expect(untouched(connect.item(ITEM.id))).toEqual(before);

    expect(await vault.relabelField(FIELD, PENDING)).toEqual({ fieldId: added.fieldId, changed: true });
    expect(await vault.removeField(PENDING, added.fieldId)).toEqual({ removed: true });
    expect(JSON.stringify(untouched(connect.item(ITEM.id)))).toBe(JSON.stringify(before));
    expect(connect.item(ITEM.id).fields).toHaveLength(30);
    expect(puts(connect)).toBe(4);
  });

  test('each step done twice is done once, and says so', async () => {
    const { vault, connect } = await testVault();
    const { fieldId } = await vault.addField(PENDING, value);
    expect(await vault.addField(PENDING, new Secret('another value'))).toEqual({ fieldId, added: false });
    const beside = vault.addField('another label', value, PENDING);
    expect(await errorOf(beside)).toMatchObject({ kind: 'Conflict', retryable: true });
    await vault.relabelField(PENDING, FIELD);
    expect(await vault.relabelField(PENDING, FIELD)).toEqual({ fieldId, changed: false });
    await vault.removeField(FIELD, fieldId);
    expect(await vault.removeField(FIELD, fieldId)).toEqual({ removed: false });
    expect(puts(connect)).toBe(3);
  });

  test('a field of that label with another id is somebody else’s and stays', async () => {
    const { vault, connect } = await testVault();
    await vault.addField(FIELD, value);
    expect(await vault.removeField(FIELD, 'another')).toEqual({ removed: false });
    expect(connect.item(ITEM.id).fields).toHaveLength(31);
    expect(await vault.removeField(FIELD)).toEqual({ removed: true });
  });

  test('a label that is taken is never overwritten', async () => {
    const { vault, connect } = await testVault();
    await vault.addField(PENDING, value);
    connect.edit(ITEM.id, (item) => item.fields.push({ label: FIELD, type: 'CONCEALED', value: 'theirs' }));
    const error = await errorOf(vault.relabelField(PENDING, FIELD));
    expect(error).toMatchObject({ kind: 'Collision', retryable: false });
    expect(error.message).toContain(`has a field "${FIELD}" already`);
    expect(connect.item(ITEM.id).fields.find((field) => field.label === FIELD)?.value).toBe('theirs');
  });

  test('a field that is neither pending nor there is not found', async () => {
    const { vault } = await testVault();
    expect(await errorOf(vault.relabelField(PENDING, FIELD))).toMatchObject({ kind: 'NotFound' });
  });

  test('two fields of one label are a collision, whatever is asked', async () => {
    const { vault, connect } = await testVault();
    connect.edit(ITEM.id, (item) => {
      item.fields.push({ label: FIELD, type: 'CONCEALED', value: 'a' }, { label: FIELD, type: 'STRING', value: 'b' });
    });
    for (const work of [
      vault.addField(FIELD, value),
      vault.relabelField(FIELD, 'other'),
      vault.relabelField('field 1', FIELD),
      vault.removeField(FIELD),
    ]) {
      const error = await errorOf(work);
      expect(error).toMatchObject({ kind: 'Collision' });
      expect(error.message).toContain(`2 fields labelled "${FIELD}"`);
    }
    expect(puts(connect)).toBe(0);
  });

  test('an item with attached files is refused before a write, and can be read', async () => {
    const files = [{ id: 'f', name: 'id_rsa', size: 12 }];
    const { vault, connect } = await testVault({ items: [{ ...ITEM, fields: UNRELATED, files }] });
    expect((await vault.read()).fields).toHaveLength(30);
    expect(await errorOf(vault.addField(PENDING, value))).toMatchObject({ kind: 'Refused' });
    expect(puts(connect)).toBe(0);
  });
});

describe('writes that meet others', () => {
  test('what somebody wrote in between is read again and kept', async () => {
    const { vault, connect, faults } = await testVault();
    faults.add({ system: 'connect', method: 'PUT', times: 2, effect: { kind: 'conflict' } });
    connect.edit(ITEM.id, (item) => item.fields.push({ label: 'theirs', type: 'STRING', value: 'kept' }));
    expect(await vault.addField(PENDING, value)).toMatchObject({ added: true });
    expect(connect.item(ITEM.id).fields.map((field) => field.label)).toContain('theirs');
    expect(connect.item(ITEM.id).version).toBe(5);
  });

  test('a bare 409 is a conflict too', async () => {
    const { vault, connect, faults } = await testVault();
    const effect: FaultEffect = { kind: 'error', status: 409, body: { status: 409, message: 'Conflict' } };
    faults.add({ system: 'connect', method: 'PUT', times: 1, effect });
    expect(await vault.addField(PENDING, value)).toMatchObject({ added: true });
    faults.add({ system: 'connect', method: 'PUT', effect });
    expect(await errorOf(vault.addField(FIELD, value))).toMatchObject({ kind: 'Conflict', retryable: true });
    expect(connect.item(ITEM.id).fields).toHaveLength(31);
  });

  test('an item that Connect refuses while nobody wrote is a failure, after one write', async () => {
    const { vault, faults } = await testVault();
    let written = 0;
    const strike = faults.strike.bind(faults);
    faults.strike = (system, request) => {
      if (request.method === 'PUT') written += 1;
      return strike(system, request);
    };
    const body = { status: 400, message: `Unable to update item "${ITEM.title}" in Vault "${VAULT.id}"` };
    faults.add({ system: 'connect', method: 'PUT', effect: { kind: 'error', status: 400, body } });
    const error = await errorOf(vault.addField(PENDING, value));
    expect(error).toMatchObject({ kind: 'Failed', status: 400, retryable: false });
    expect(error.message).toContain('Unable to update item');
    expect(written).toBe(1);
  });

  test('writes of one worker come one after the other', async () => {
    const { vault, connect } = await testVault();
    const labels = ['zot', 'wiki', 'forge', 'grafana'].map((client) => `${client}-client-secret`);
    const added = await Promise.all(labels.map((label) => vault.addField(label, value)));
    expect(new Set(added.map(({ fieldId }) => fieldId)).size).toBe(4);
    expect(
      connect
        .item(ITEM.id)
        .fields.slice(30)
        .map((field) => field.label),
    ).toEqual(labels);
    expect(puts(connect)).toBe(4);
  });

  test('a failed write does not hold up the next one', async () => {
    const { vault, faults } = await testVault();
    faults.add({ system: 'connect', times: 1, effect: { kind: 'error', status: 403 } });
    const first = errorOf(vault.addField(PENDING, value));
    const second = vault.addField(PENDING, value);
    expect(await first).toMatchObject({ kind: 'Unauthorized' });
    expect(await second).toMatchObject({ added: true });
  });

  test('a write whose answer was lost is found by the retry', async () => {
    const { vault, connect, faults } = await testVault();
    const lose = () => faults.add({ system: 'connect', method: 'PUT', times: 1, effect: { kind: 'loseAnswer' } });
    lose();
    expect(await errorOf(vault.addField(PENDING, value))).toMatchObject({ kind: 'Unavailable', retryable: true });
    const found = await vault.addField(PENDING, new Secret('a second value'));
    expect(found.added).toBe(false);
    lose();
    expect(await errorOf(vault.relabelField(PENDING, FIELD))).toMatchObject({ kind: 'Unavailable' });
    expect(await vault.relabelField(PENDING, FIELD)).toEqual({ fieldId: found.fieldId, changed: false });
    lose();
    expect(await errorOf(vault.removeField(FIELD, found.fieldId))).toMatchObject({ kind: 'Unavailable' });
    expect(await vault.removeField(FIELD, found.fieldId)).toEqual({ removed: false });
    expect(connect.item(ITEM.id).fields).toHaveLength(30);
  });

  test('a read that lags behind our own write does not make a second field', async () => {
    const { vault, connect } = await testVault({ readLagMs: 250 });
    const { fieldId } = await vault.addField(PENDING, value);
    expect(await vault.addField(PENDING, value)).toEqual({ fieldId, added: false });
    expect(connect.item(ITEM.id).fields).toHaveLength(31);
  });
});

describe('what goes wrong', () => {
  test.each<[string, Parameters<Awaited<ReturnType<typeof testVault>>['as']>[0], object, string]>([
    ['a wrong token', { token: new Secret('wrong') }, { kind: 'Unauthorized', status: 401 }, 'Invalid token signature'],
    [
      'a vault of others',
      { vaultId: 'othervaultaaaaaaaaaaaaaaaa' },
      { kind: 'Unauthorized', status: 403 },
      'vault othervaultaaaaaaaaaaaaaaaa is not in scope',
    ],
    ['a missing item', { itemId: 'otheritemaaaaaaaaaaaaaaaaa' }, { kind: 'NotFound', status: 404 }, 'not found'],
    ['an id that is none', { itemId: 'Authentik (orchard)' }, { kind: 'BadInput', status: 400 }, 'Invalid Item UUID'],
    ['a vault id that is none', { vaultId: 'orchard' }, { kind: 'BadInput', status: 400 }, 'Invalid Vault UUID'],
  ])('%s', async (_what, options, expected, words) => {
    const { as } = await testVault();
    for (const work of [as(options).read(), as(options).addField(PENDING, value)]) {
      const error = await errorOf(work);
      expect(error).toMatchObject({ system: '1Password', retryable: false, ...expected });
      expect(error.message).toContain(words);
    }
  });

  test('a token that may only read reads, and is unauthorized to write', async () => {
    const { as } = await testVault();
    const vault = as({ token: new Secret(READ_ONLY_TOKEN) });
    expect((await vault.read()).version).toBe(1);
    const error = await errorOf(vault.addField(PENDING, value));
    expect(error).toMatchObject({ kind: 'Unauthorized', status: 403 });
    expect(error.remedy).toContain('OP_CONNECT_TOKEN');
  });

  test.each([
    ['7', 7_000, 7_000],
    [new Date(Date.now() + 60_000).toUTCString(), 50_000, 61_000],
    ['soon', undefined, undefined],
  ])('the rate limit with Retry-After "%s"', async (header, least, most) => {
    const { vault, faults } = await testVault();
    const body = { status: 429, message: 'Too Many Requests' };
    faults.add({ system: 'connect', effect: { kind: 'error', status: 429, body, headers: { 'retry-after': header } } });
    for (const work of [vault.read(), vault.removeField(FIELD)]) {
      const error = await errorOf(work);
      expect(error).toMatchObject({ kind: 'RateLimited', status: 429, retryable: true });
      if (least === undefined) expect(error.retryAfterMs).toBeUndefined();
      else {
        expect(error.retryAfterMs).toBeGreaterThanOrEqual(least);
        expect(error.retryAfterMs).toBeLessThanOrEqual(most);
      }
    }
  });

  test('a Connect that hangs is unavailable within the time limit, for reads and for writes', async () => {
    const { as, faults } = await testVault();
    const vault = as({ timeoutMs: 150 });
    faults.add({ system: 'connect', effect: { kind: 'hang' } });
    const started = Date.now();
    for (const work of [vault.read(), vault.addField(PENDING, value)]) {
      const error = await errorOf(work);
      expect(error).toMatchObject({ kind: 'Unavailable', retryable: true });
      expect(error.message).toContain('does not answer within 150 ms');
    }
    expect(Date.now() - started).toBeLessThan(2_000);
  });

  test('an answer that is not Connect’s is unavailable', async () => {
    const { vault, faults } = await testVault();
    faults.add({ system: 'connect', times: 1, effect: { kind: 'error', status: 502, body: '<html>' } });
    expect(await errorOf(vault.read())).toMatchObject({ kind: 'Unavailable', status: 502 });
    const { url } = await serve((response) => response.end('<html>a page of somebody</html>'));
    const { as } = await testVault();
    const error = await errorOf(as({ host: url }).read());
    expect(error).toMatchObject({ kind: 'Unavailable' });
    expect(error.message).toContain('what answers is not Connect');
  });

  test('a write does not follow a redirect with the secrets in its body', async () => {
    const reached: string[] = [];
    const elsewhere = await serve((response, body) => {
      reached.push(body);
      response.end('{}');
    });
    const { connect, as } = await testVault();
    const item = JSON.stringify(connect.item(ITEM.id));
    const door = await serve((response, _body, method) => {
      if (method === 'GET') response.end(item);
      else response.writeHead(307, { location: elsewhere.url }).end();
    });
    const error = await errorOf(as({ host: door.url }).addField(PENDING, value));
    expect(error).toMatchObject({ kind: 'Failed', status: 307 });
    expect(reached).toEqual([]);
  });

  test('neither the token nor a value is in any error', async () => {
    const { as, connect, faults } = await testVault();
    const effects: readonly FaultEffect[] = [
      { kind: 'hang' },
      { kind: 'loseAnswer' },
      { kind: 'error', status: 500, body: { message: 'boom' } },
      { kind: 'error', status: 401, body: { message: 'Invalid token signature' } },
      { kind: 'error', status: 429 },
      { kind: 'error', status: 400, body: 'no JSON' },
    ];
    const errors: Error[] = [];
    for (const effect of effects) {
      for (const method of ['GET', 'PUT']) {
        faults.clear();
        faults.add({ system: 'connect', method, effect });
        const vault = as({ timeoutMs: 150 });
        errors.push(await errorOf(vault.addField(`label ${errors.length}`, value)));
        if (method === 'GET') errors.push(await errorOf(vault.read()));
      }
    }
    await connect.close();
    errors.push(await errorOf(as({}).read()), await errorOf(as({}).removeField(FIELD)));
    expect(errors).toHaveLength(20);
    for (const error of errors) {
      const text = everythingOf(error);
      expect(text).not.toContain(VAULT_TOKEN);
      expect(text).not.toContain(value.reveal());
      expect(text).not.toContain('value 1 ');
    }
  });
});

async function serve(
  answer: (response: ServerResponse, body: string, method: string) => void,
): Promise<{ readonly url: string }> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => void (body += chunk));
    request.on('end', () => answer(response, body, request.method ?? ''));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('several changes in one write', () => {
  const NEXT = new Secret('Qq7-another-generated-value-nobody-may-see');
  const swap = (oldId: string, newId: string) => ({
    relabel: [
      { fieldId: oldId, to: 'zot-client-secret-previous' },
      { fieldId: newId, to: FIELD },
    ],
  });

  test('swap labels, drop a field and note a text; everything else stays, and a repetition writes nothing', async () => {
    const { vault, connect } = await testVault();
    const before = untouched(connect.item(ITEM.id));
    const old = await vault.addField(FIELD, value);
    const next = await vault.addField(PENDING, NEXT);
    const written = puts(connect);
    expect(await vault.change(swap(old.fieldId, next.fieldId))).toEqual({ changed: true });
    expect(puts(connect)).toBe(written + 1);
    const label = (id: string) => connect.item(ITEM.id).fields.find((field) => field.id === id)?.label;
    expect([label(old.fieldId), label(next.fieldId)]).toEqual(['zot-client-secret-previous', FIELD]);
    expect(await vault.change(swap(old.fieldId, next.fieldId))).toEqual({ changed: false });
    expect(untouched(connect.item(ITEM.id))).toEqual(before);

    const note = { label: 'zot-client-secret-rotated', text: '2026-01-02T03:04:05.000Z', section: 'Clients' };
    expect(await vault.change({ remove: [old.fieldId], note })).toEqual({ changed: true });
    expect(await vault.change({ remove: [old.fieldId], note })).toEqual({ changed: false });
    expect(await vault.change({ note: { ...note, text: 'later' } })).toEqual({ changed: true });
    const noted = (await vault.read()).fields.filter((field) => field.label === note.label);
    expect(noted).toMatchObject([{ type: 'STRING', section: 'Clients' }]);
    expect(noted[0]?.value.reveal()).toBe('later');
    expect(untouched(connect.item(ITEM.id))).toEqual(before);
  });

  test('make a section that is not there yet', async () => {
    const { vault } = await testVault();
    await vault.change({ note: { label: 'zot-client-secret-rotated', text: 'today', section: 'Rotations' } });
    const noted = (await vault.read()).fields.find((field) => field.label === 'zot-client-secret-rotated');
    expect(noted?.section).toBe('Rotations');
  });

  test('are refused where a label would be carried twice or a field is gone', async () => {
    const { vault, connect } = await testVault();
    const old = await vault.addField(FIELD, value);
    const next = await vault.addField(PENDING, NEXT);
    const written = puts(connect);
    const twice = vault.change({ relabel: [{ fieldId: next.fieldId, to: FIELD }] });
    expect(await errorOf(twice)).toMatchObject({ kind: 'Collision' });
    expect(await errorOf(vault.change(swap(old.fieldId, 'gone')))).toMatchObject({ kind: 'NotFound' });
    expect(puts(connect)).toBe(written);
  });
});
