import type { Client } from '@temporalio/client';

export interface Text {
  readonly name: string;
  readonly text: string;
}

/** Throws where one of the secrets stands in one of the texts, in any of its {@link formsOf forms}. */
export function assertNoSecrets(secrets: readonly string[], texts: readonly Text[]): void {
  const found = findSecrets(secrets, texts);
  if (found.length > 0) throw new Error(`a secret leaked:\n${found.join('\n')}`);
}

/** Where and in which form; never the value. */
export function findSecrets(secrets: readonly string[], texts: readonly Text[]): readonly string[] {
  const forms = [...new Set(secrets)].flatMap((secret) => [...formsOf(secret)]);
  return texts.flatMap(({ name, text }) => {
    const found = forms.filter(([form]) => text.includes(form)).map(([, how]) => `${name}: ${how}`);
    return [...new Set(found)];
  });
}

/** What a secret looks like where somebody has written it down, and how that is called. */
function formsOf(secret: string): ReadonlyMap<string, string> {
  const hex = Buffer.from(secret).toString('hex');
  const forms = [
    ...[0, 1, 2].map((shift) => [base64Inside(secret, shift), `base64 (shifted by ${shift})`] as const),
    [hex, 'hex'],
    [hex.toUpperCase(), 'hex'],
    [JSON.stringify(secret).slice(1, -1), 'escaped as JSON'],
    [new URLSearchParams({ '': secret }).toString().slice(1), 'URL-encoded'],
    [encodeURIComponent(secret), 'URL-encoded'],
    [secret, 'in clear'],
  ] as const;
  const urlSafe = forms.map(([form, how]) => [form.replaceAll('+', '-').replaceAll('/', '_'), how] as const);
  // Where two are the same the last one names it.
  return new Map([...urlSafe.filter(([, how]) => how.startsWith('base64')), ...forms]);
}

/** The part of a base64 text that depends on the secret alone, wherever it begins in what was encoded. */
function base64Inside(secret: string, shift: number): string {
  const encoded = Buffer.from(`${'x'.repeat(shift)}${secret}`)
    .toString('base64')
    .replace(/=+$/, '');
  return encoded.slice(shift === 0 ? 0 : 4, -2);
}

/** Every history of the server, its payloads as the text that they carry. */
export async function historyTexts(client: Client): Promise<readonly Text[]> {
  const texts: Text[] = [];
  for await (const run of client.workflow.list()) {
    const history = await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
    texts.push({ name: `history of ${run.workflowId}`, text: JSON.stringify(readable(history.events ?? [])) });
  }
  return texts;
}

/** The same with bytes as text: JSON would write them as numbers or as base64. */
function readable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, readable(inner)]));
}
