/** The value of a field, as a playbook on a machine reads it through a Connect server. */
export async function readField(
  server: { readonly url: string; readonly token: string },
  { vaultId, itemId }: { readonly vaultId: string; readonly itemId: string },
  label: string,
): Promise<string | undefined> {
  const answer = await fetch(`${server.url}/v1/vaults/${vaultId}/items/${itemId}`, {
    headers: { authorization: `Bearer ${server.token}` },
  });
  const item = (await answer.json()) as { fields: readonly { label: string; value: string }[] };
  return item.fields.find((field) => field.label === label)?.value;
}
