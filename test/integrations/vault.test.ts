import { CancelledFailure } from '@temporalio/common';
import { describe, expect, test, vi } from 'vitest';
import { currentAttempt } from '../../activities/kit/attempt.ts';
import { AttemptOver } from '../../core/base/attemptOver.ts';
import { Secret } from '../../core/base/secret.ts';
import { NO_ATTEMPT } from '../../integrations/attempt.ts';
import type { ConnectStandIn } from '../../sandbox/onepassword/connect.ts';
import type { VaultEdits } from '../../integrations/vault/vault.ts';
import type { FaultEffect } from '../../sandbox/faults/faults.ts';
import { attemptIn } from '../fixtures/attempts.ts';
import { errorOf, everythingOf } from '../fixtures/errors.ts';
import type { StoredField, StoredItem } from '../../sandbox/onepassword/vaultStore.ts';
import {
  EXTRAS,
  ITEM,
  READ_ONLY_TOKEN,
  testVault,
  UNRELATED,
  VAULT_KINDS,
  VAULT_TOKEN,
  type TestVault,
  type TestVaultOptions,
  type VaultKind,
  type VaultSettings,
} from '../fixtures/vault.ts';

const PENDING = 'zot-client-secret (pending change-1)';
const FIELD = 'zot-client-secret';
const value = new Secret('Zx9-generated-value-that-nobody-may-see');

/** The library shows a note as the note of the item, and no field. */
const isField = (kind: VaultKind, field: StoredField): boolean => kind === 'connect' || field.purpose !== 'NOTES';

function puts(connect: ConnectStandIn): number {
  return connect.log.filter(({ method }) => method === 'PUT').length;
}

/** What the job's field is but its id and label. The SDK takes no field without a section. */
const oursBy = {
  connect: { type: 'CONCEALED', value: value.reveal() },
  serviceAccount: { type: 'CONCEALED', value: value.reveal(), section: { id: 'oidc-registrar' } },
} as const;

/** The item without what a write may change, and without the fields of the job. */
function untouched({ version: _version, updatedAt: _at, lastEditedBy: _by, ...item }: StoredItem): unknown {
  const sections = (item['sections'] as { id: string }[]).filter(({ id }) => id !== 'oidc-registrar');
  return { ...item, sections, fields: item.fields.filter((field) => field.label?.startsWith('zot-') !== true) };
}

function relabelled({ fieldId }: { readonly fieldId: string }, to: string): VaultEdits {
  return { relabel: [{ fieldId, to }] };
}

describe.each(VAULT_KINDS)('the vault by %s', (kind) => {
  const fields = UNRELATED.filter((field) => isField(kind, field));
  const ours = oursBy[kind];
  const open = async (options: TestVaultOptions = {}): Promise<TestVault> => testVault({ kind, ...options });

  test('a write is not sent once the attempt is over, and one that lost a race is not sent again', async () => {
    let left = 0;
    const timeFor = async (ms: number): Promise<number> => {
      if (left === 0) throw new AttemptOver('it is over');
      left -= 1;
      return ms;
    };
    const { as, connect, faults } = await open();
    const vault = as({ attempt: { ...NO_ATTEMPT, timeFor } });
    const before = connect.snapshot();
    expect(await errorOf(vault.addField(PENDING, value))).toBeInstanceOf(AttemptOver);
    left = 1;
    faults.add({ system: 'connect', method: 'PUT', effect: { kind: 'conflict' } });
    expect(await errorOf(vault.addField(PENDING, value))).toBeInstanceOf(AttemptOver);
    faults.clear();
    expect(await errorOf(vault.addField(PENDING, value))).toBeInstanceOf(AttemptOver);
    expect(connect.snapshot()).toEqual(before);
  });

  test('a cancel reaches the wait for servers that lag, and so does the end of the attempt', async () => {
    const { as, counted } = await open({ readLagMs: 60_000 });
    const vault = as({ attempt: currentAttempt });
    const goesOn = async (): Promise<void> => undefined;
    const cancelled = attemptIn(goesOn);
    const adding = expect(cancelled.run(() => vault.addField(PENDING, value))).rejects.toBeInstanceOf(CancelledFailure);
    // The write is done, and what is read back is older.
    await vi.waitFor(() => expect(counted.slice(0, 3)).toEqual(['read', 'write', 'read']), 60_000);
    cancelled.cancel();
    await adding;
    const short = attemptIn(goesOn, { startToCloseTimeoutMs: 1_000 });
    expect(await errorOf(short.run(() => vault.read()))).toMatchObject({ kind: 'NotYet' });
  });

  describe('several changes in one write', () => {
    const NEXT = new Secret('Qq7-another-generated-value-nobody-may-see');
    const swap = (oldId: string, newId: string) => ({
      relabel: [
        { fieldId: oldId, to: 'zot-client-secret-previous' },
        { fieldId: newId, to: FIELD },
      ],
    });

    test('swap labels, drop a field and note a text; all else stays, and a repetition writes nothing', async () => {
      const sections = [...EXTRAS.sections, { id: 'ours', label: 'Rotations' }];
      const { vault, connect } = await open({ items: [{ ...ITEM, ...EXTRAS, fields: UNRELATED, sections }] });
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

      const note = { label: 'zot-client-secret-rotated', text: '2026-01-02T03:04:05.000Z' };
      expect(await vault.change({ remove: [old.fieldId], notes: [note] })).toEqual({ changed: true });
      expect(await vault.change({ remove: [old.fieldId], notes: [note] })).toEqual({ changed: false });
      expect(await vault.change({ notes: [{ ...note, text: 'later' }] })).toEqual({ changed: true });
      const noted = connect.item(ITEM.id).fields.filter((field) => field.label === note.label);
      expect(noted).toMatchObject([{ type: 'STRING', value: 'later', section: { id: 'ours' } }]);
      expect(untouched(connect.item(ITEM.id))).toEqual(before);
    });

    test('make a section that is not there yet, and take it away with its last field', async () => {
      const { vault, connect } = await open();
      const before = untouched(connect.item(ITEM.id));
      await vault.change({ notes: [{ label: 'zot-client-secret-rotated', text: 'today' }] });
      const noted = connect.item(ITEM.id).fields.find((field) => field.label === 'zot-client-secret-rotated');
      const sections = connect.item(ITEM.id)['sections'] as readonly { id: string; label: string }[];
      expect(sections.find(({ id }) => id === noted?.section?.id)?.label).toBe('Rotations');

      await vault.change({ remove: [noted?.id ?? ''] });
      expect(untouched(connect.item(ITEM.id))).toEqual(before);
    });

    test('mark a field in the same write, by its id; the mark goes with the field, or alone', async () => {
      const { vault, connect } = await open();
      const before = untouched(connect.item(ITEM.id));
      const { fieldId } = await vault.addField(PENDING, value);
      const mark = { client: 'zot', vaultField: FIELD, changeId: 'c1' };
      const written = puts(connect);
      const edits = { relabel: [{ fieldId, to: FIELD }], mark: [{ fieldId, mark }] };
      expect(await vault.change(edits)).toEqual({ changed: true });
      expect(await vault.change(edits)).toEqual({ changed: false });
      expect(puts(connect)).toBe(written + 1);
      const marks = async () => (await vault.read()).fields.flatMap((field) => (field.mark ? [field] : []));
      expect(await marks()).toMatchObject([{ id: fieldId, label: FIELD, mark }]);

      expect(await vault.change({ unmark: [fieldId] })).toEqual({ changed: true });
      expect(await marks()).toEqual([]);
      await vault.change(edits);
      expect(await vault.change({ remove: [fieldId] })).toEqual({ changed: true });
      expect(untouched(connect.item(ITEM.id))).toEqual(before);

      // A person makes the field anew, beside the mark of the one that was there.
      await vault.addField(FIELD, value).then((made) => vault.change({ mark: [{ fieldId: made.fieldId, mark }] }));
      connect.edit(ITEM.id, (item) => {
        for (const field of item.fields) if (field.label === FIELD) field.id = 'anew';
      });
      expect(await marks()).toEqual([]);
    });

    test('are refused where a label would be carried twice or a field is gone', async () => {
      const { vault, connect } = await open();
      const old = await vault.addField(FIELD, value);
      const next = await vault.addField(PENDING, NEXT);
      const written = puts(connect);
      const twice = vault.change({ relabel: [{ fieldId: next.fieldId, to: FIELD }] });
      expect(await errorOf(twice)).toMatchObject({ kind: 'Collision' });
      expect(await errorOf(vault.change(swap(old.fieldId, 'gone')))).toMatchObject({ kind: 'NotFound' });
      expect(puts(connect)).toBe(written);
    });
  });

  describe('reading', () => {
    test('gives every field and whether it is kept as a secret, and masks the values', async () => {
      const { vault } = await open();
      const item = await vault.read();
      expect(item).toMatchObject({ system: '1Password', place: `item "${ITEM.title}"` });
      expect(item.fields.map(({ id, label, shown }) => ({ id, label, shown }))).toEqual(
        fields.map(({ id, label, type }) => ({
          id,
          label,
          shown: type === 'CONCEALED' ? undefined : `is of type ${type}, not CONCEALED`,
        })),
      );
      expect(item.fields.map((field) => field.value.reveal())).toEqual(fields.map((field) => field.value));
      expect(JSON.stringify(item)).not.toContain('value 1');
    });

    test('an item of another title is refused, and both titles are named', async () => {
      const { as, connect } = await open();
      const other = as({ itemTitle: 'Authentik' });
      for (const error of await errorsOf(other.read(), other.addField(PENDING, value))) {
        expect(error).toMatchObject({ system: '1Password', kind: 'Refused' });
        expect(error.message).toContain('titled "Authentik (orchard)", registrar.yaml says "Authentik"');
      }
      expect(puts(connect)).toBe(0);
    });
  });

  describe('the life of a field', () => {
    test('from pending to its label and away again leaves all others as they were, byte for byte', async () => {
      const { vault, connect } = await open();
      const before = untouched(connect.item(ITEM.id));

      const added = await vault.addField(PENDING, value);
      expect(added).toMatchObject({ added: true });
      expect(connect.item(ITEM.id).fields.at(-1)).toEqual({
        id: added.fieldId,
        label: PENDING,
        ...ours,
      });
      expect(untouched(connect.item(ITEM.id))).toEqual(before);

      expect(await vault.change(relabelled(added, FIELD))).toEqual({ changed: true });
      expect(connect.item(ITEM.id).fields.at(-1)).toEqual({
        id: added.fieldId,
        label: FIELD,
        ...ours,
      });
      expect(untouched(connect.item(ITEM.id))).toEqual(before);

      expect(await vault.change(relabelled(added, PENDING))).toEqual({ changed: true });
      expect(await vault.removeField(PENDING, added.fieldId)).toEqual({ removed: true });
      expect(JSON.stringify(untouched(connect.item(ITEM.id)))).toBe(JSON.stringify(before));
      expect(connect.item(ITEM.id).fields).toHaveLength(30);
      expect(connect.item(ITEM.id)['sections']).toEqual(EXTRAS.sections);
      expect(puts(connect)).toBe(4);
    });

    test('each step done twice is done once, and says so', async () => {
      const { vault, connect } = await open();
      const added = await vault.addField(PENDING, value);
      const { fieldId } = added;
      expect(await vault.addField(PENDING, new Secret('another value'))).toEqual({ fieldId, added: false });
      const beside = vault.addField('another label', value, { unless: PENDING });
      expect(await errorOf(beside)).toMatchObject({ kind: 'Conflict', retryable: true });
      await vault.change(relabelled(added, FIELD));
      expect(await vault.change(relabelled(added, FIELD))).toEqual({ changed: false });
      await vault.removeField(FIELD, fieldId);
      expect(await vault.removeField(FIELD, fieldId)).toEqual({ removed: false });
      expect(puts(connect)).toBe(3);
    });

    test('a field of that label with another id is somebody else’s and stays', async () => {
      const { vault, connect } = await open();
      await vault.addField(FIELD, value);
      expect(await vault.removeField(FIELD, 'another')).toEqual({ removed: false });
      expect(connect.item(ITEM.id).fields).toHaveLength(31);
      expect(await vault.removeField(FIELD)).toEqual({ removed: true });
    });

    test('two fields of one label are a collision, whatever is asked', async () => {
      const { vault, connect } = await open();
      connect.edit(ITEM.id, (item) => {
        item.fields.push(
          { label: FIELD, type: 'CONCEALED', value: 'a', section: { id: 'sectionb' } },
          { label: FIELD, type: 'STRING', value: 'b' },
          { label: FIELD, type: 'STRING', value: 'c', section: { id: 'sectiona' } },
        );
      });
      const errors = await errorsOf(
        vault.addField(FIELD, value),
        vault.change({ notes: [{ label: FIELD, text: 'x' }] }),
        vault.removeField(FIELD),
      );
      for (const error of errors) {
        expect(error).toMatchObject({ kind: 'Collision', remedy: 'Rename or remove all but one of them.' });
        expect(error.message).toContain(
          `3 fields labelled "${FIELD}" (in section "Clients", in no section, in section "Database")`,
        );
      }
      expect(puts(connect)).toBe(0);
    });

    test('an item with attached files is refused before a write, and can be read', async () => {
      const files = [{ id: 'f', name: 'id_rsa', size: 12 }];
      const { vault, connect } = await open({ items: [{ ...ITEM, fields: UNRELATED, files }] });
      const item = await vault.read();
      expect(item.fields).toHaveLength(fields.length);
      expect(item.unwritable?.why).toContain('holds attached files');
      expect(await errorOf(vault.addField(PENDING, value))).toMatchObject({ kind: 'Refused' });
      expect(puts(connect)).toBe(0);
    });
  });

  describe('writes that meet others', () => {
    test('what somebody wrote in between is read again and kept', async () => {
      const { vault, connect, faults } = await open();
      faults.add({ system: 'connect', method: 'PUT', times: 2, effect: { kind: 'conflict' } });
      connect.edit(ITEM.id, (item) => item.fields.push({ label: 'theirs', type: 'STRING', value: 'kept' }));
      expect(await vault.addField(PENDING, value)).toMatchObject({ added: true });
      expect(connect.item(ITEM.id).fields.map((field) => field.label)).toContain('theirs');
      expect(connect.item(ITEM.id).version).toBe(5);
    });

    test('a bare 409 is a conflict too', async () => {
      const { vault, connect, faults } = await open();
      const effect: FaultEffect = { kind: 'error', status: 409, body: { status: 409, message: 'Conflict' } };
      faults.add({ system: 'connect', method: 'PUT', times: 1, effect });
      expect(await vault.addField(PENDING, value)).toMatchObject({ added: true });
      faults.add({ system: 'connect', method: 'PUT', effect });
      expect(await errorOf(vault.addField(FIELD, value))).toMatchObject({ kind: 'Conflict', retryable: true });
      expect(connect.item(ITEM.id).fields).toHaveLength(31);
    });

    test('a field that appears between a look and the write is met, and not overwritten', async () => {
      const { vault, connect } = await open();
      const theirs = { id: 'theirs', label: FIELD, type: 'CONCEALED', value: 'theirs' };
      const seen = await vault.read();
      connect.edit(ITEM.id, (item) => void item.fields.push(theirs));
      const adding = vault.addField(PENDING, value, { unless: FIELD, seen });
      expect(await errorOf(adding)).toMatchObject({ kind: 'Conflict', retryable: true });
      expect(connect.item(ITEM.id).fields.slice(30)).toEqual([theirs]);

      connect.edit(ITEM.id, (item) => void item.fields.pop());
      const added = await vault.addField(PENDING, value);
      const again = await vault.read();
      connect.edit(ITEM.id, (item) => void item.fields.push(theirs));
      const relabelling = vault.change(relabelled(added, FIELD), { seen: again });
      expect(await errorOf(relabelling)).toMatchObject({ kind: 'Collision' });
      expect(connect.item(ITEM.id).fields.find((field) => field.label === FIELD)).toEqual(theirs);
    });

    test('what was seen before another write of this worker is looked at again', async () => {
      const { vault, connect, counted } = await open();
      const seen = await vault.read();
      const [first, second] = await Promise.all([
        vault.addField(PENDING, value, { seen }),
        vault.addField(PENDING, new Secret('a second value'), { seen }),
      ]);
      expect(first.added).toBe(true);
      expect(second).toEqual({ fieldId: first.fieldId, added: false });
      expect(connect.item(ITEM.id).fields).toHaveLength(31);
      expect(counted).toEqual(['read', 'write', 'read', 'read']);
    });

    test('writes of one worker come one after the other', async () => {
      const { vault, connect } = await open();
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
      const { vault, faults } = await open();
      faults.add({ system: 'connect', times: 1, effect: { kind: 'error', status: 403 } });
      const first = errorOf(vault.addField(PENDING, value));
      const second = vault.addField(PENDING, value);
      expect(await first).toMatchObject({ kind: 'Unauthorized' });
      expect(await second).toMatchObject({ added: true });
    });

    test('a write whose answer was lost is found by the retry', async () => {
      const { vault, connect, faults } = await open();
      const lose = () => faults.add({ system: 'connect', method: 'PUT', times: 1, effect: { kind: 'loseAnswer' } });
      lose();
      expect(await errorOf(vault.addField(PENDING, value))).toMatchObject({ kind: 'Unavailable', retryable: true });
      const found = await vault.addField(PENDING, new Secret('a second value'));
      expect(found.added).toBe(false);
      lose();
      expect(await errorOf(vault.change(relabelled(found, FIELD)))).toMatchObject({ kind: 'Unavailable' });
      expect(await vault.change(relabelled(found, FIELD))).toEqual({ changed: false });
      lose();
      expect(await errorOf(vault.removeField(FIELD, found.fieldId))).toMatchObject({ kind: 'Unavailable' });
      expect(await vault.removeField(FIELD, found.fieldId)).toEqual({ removed: false });
      expect(connect.item(ITEM.id).fields).toHaveLength(30);
    });

    test('a read that lags behind our own write does not make a second field', async () => {
      const { vault, connect } = await open({ readLagMs: 250 });
      const { fieldId } = await vault.addField(PENDING, value);
      expect(await vault.addField(PENDING, value)).toEqual({ fieldId, added: false });
      expect(connect.item(ITEM.id).fields).toHaveLength(31);
    });

    test('where several servers lag apart, nothing is decided on an older item than was seen', async () => {
      const { vault, connect } = await open({ readLagMs: [0, 400, 150] });
      const { fieldId } = await vault.addField(PENDING, value);
      for (let look = 0; look < 3; look += 1)
        expect((await vault.read()).fields.at(-1)).toMatchObject({ id: fieldId, label: PENDING });
      expect(await vault.change(relabelled({ fieldId }, FIELD))).toEqual({ changed: true });
      for (let look = 0; look < 3; look += 1) expect((await vault.read()).fields.at(-1)?.label).toBe(FIELD);
      expect(await vault.removeField(FIELD, fieldId)).toEqual({ removed: true });
      expect(await vault.removeField(FIELD, fieldId)).toEqual({ removed: false });
      expect(puts(connect)).toBe(3);
    });
  });

  describe('what goes wrong', () => {
    const other = 'otheraaaaaaaaaaaaaaaaaaaaa';
    test.each<{ what: string; settings: VaultSettings; is: string; connect: string; serviceAccount: string }>([
      {
        what: 'a wrong token',
        settings: { token: new Secret('wrong') },
        is: 'Unauthorized',
        connect: 'Connect answered 401 Invalid token signature',
        serviceAccount: 'invalid service account token',
      },
      {
        what: 'a vault of others',
        settings: { vaultId: other },
        is: kind === 'connect' ? 'Unauthorized' : 'NotFound',
        connect: `Connect answered 403 vault ${other} is not in scope`,
        serviceAccount: 'resource not found',
      },
      {
        what: 'a missing item',
        settings: { itemId: other },
        is: 'NotFound',
        connect: `Connect answered 404 item ${other} not found`,
        serviceAccount: 'resource not found',
      },
      {
        what: 'an id that is none',
        settings: { itemId: 'Authentik (orchard)' },
        is: 'BadInput',
        connect: 'Connect answered 400 Invalid Item UUID',
        serviceAccount: 'the provided ID is not in a valid format',
      },
      {
        what: 'a vault id that is none',
        settings: { vaultId: 'orchard' },
        is: 'BadInput',
        connect: 'Connect answered 400 Invalid Vault UUID',
        serviceAccount: 'the provided ID is not in a valid format',
      },
    ])('$what', async ({ settings, is, ...words }) => {
      const { as } = await open();
      const vault = as(settings);
      for (const error of await errorsOf(vault.read(), vault.addField(PENDING, value))) {
        expect(error).toMatchObject({ system: '1Password', kind: is, retryable: false });
        expect(error.message).toContain(words[kind]);
      }
    });

    test('a token that may only read reads, and is unauthorized to write', async () => {
      const { as } = await open();
      const vault = as({ token: new Secret(READ_ONLY_TOKEN) });
      expect((await vault.read()).place).toBe(`item "${ITEM.title}"`);
      const error = await errorOf(vault.addField(PENDING, value));
      expect(error).toMatchObject({ kind: 'Unauthorized' });
      expect(error.remedy).toContain(kind === 'connect' ? 'OP_CONNECT_TOKEN' : 'OP_SERVICE_ACCOUNT_TOKEN');
    });

    test('a rate limit that names no time is waited out for long, and counted', async () => {
      const { vault, faults, counted } = await open();
      faults.add({ system: 'connect', times: 2, effect: { kind: 'error', status: 429 } });
      for (const error of [await errorOf(vault.read()), await errorOf(vault.removeField(FIELD))]) {
        expect(error).toMatchObject({ kind: 'RateLimited', retryable: true, retryAfterMs: 300_000 });
      }
      faults.add({ system: 'connect', method: 'PUT', times: 1, effect: { kind: 'error', status: 429 } });
      expect(await errorOf(vault.addField(PENDING, value))).toMatchObject({ kind: 'RateLimited' });
      expect(await vault.addField(PENDING, value)).toMatchObject({ added: true });
      const [reading, removing] = ['read rateLimited', 'read rateLimited'];
      const [adding, again] = ['read write rateLimited', 'read write read'];
      expect(counted.join(' ')).toBe([reading, removing, adding, again].join(' '));
    });

    test('a vault that hangs is unavailable within the time limit, for reads and for writes', async () => {
      const { as, faults } = await open();
      const vault = as({ timeoutMs: 150 });
      faults.add({ system: 'connect', effect: { kind: 'hang' } });
      for (const error of await errorsOf(vault.read(), vault.addField(PENDING, value))) {
        expect(error).toMatchObject({ kind: 'Unavailable', retryable: true });
        expect(error.message).toContain('does not answer within 150 ms');
      }
    });

    test('neither the token nor a value is in any error', async () => {
      const { as, connect, faults } = await open();
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
      if (kind === 'connect') await connect.close();
      else faults.add({ system: 'connect', effect: { kind: 'error', status: 503 } });
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
});

async function errorsOf(...works: readonly Promise<unknown>[]) {
  return Promise.all(works.map(errorOf));
}
