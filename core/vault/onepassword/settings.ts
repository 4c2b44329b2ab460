import { z } from 'zod';
import { httpUrl } from '../../registration/schemaParts.ts';
import { ITEM } from './found.ts';

/** A name of the vault or its item stands in `op://` references, which take no other characters (and no blank, which a command line would split). */
const vaultKey = z
  .string()
  .regex(/^[A-Za-z0-9._-]+$/, 'must be the id, not the title: letters, digits, ".", "_" and "-"');

export const onePasswordSettings = z
  .strictObject({
    kind: z
      .enum(['connect', 'serviceAccount'])
      .default('connect')
      .describe('How 1Password is reached: through a Connect server, or by its SDK as a service account'),
    connectHost: httpUrl.optional().describe('Address of the 1Password Connect server; needed for kind connect'),
    vaultId: vaultKey.describe('Id of the vault'),
    vaultName: z
      .string()
      .optional()
      .describe('Its name, by which stores of External Secrets know it: one that names another vault is refused'),
    storeProvider: z
      .enum(['onepassword', 'onepasswordSDK'])
      .optional()
      .describe(
        'Provider of the stores by which External Secrets reads the vault: onepassword (where it is not given), or onepasswordSDK, whose entries name item and field in one key',
      ),
    itemId: vaultKey.optional().describe('Id of the item that holds the secrets of all clients; needed without item'),
    itemTitle: z
      .string()
      .min(1)
      .optional()
      .describe('Its title, by which ExternalSecrets name it; op:// references go by the id'),
    item: z
      .string()
      .regex(ITEM, 'must be a title that references take: letters, digits, blanks, ".", "_" and "-"')
      .regex(/\{name\}|\{displayName\}/, 'must hold {name} or {displayName}: it names an item for each client')
      .optional()
      .describe(
        'In place of itemId and itemTitle: title of the item of each client, such as oidc-{name}; {name}, {NAME} and {displayName} are replaced',
      ),
  })
  .refine(({ kind, connectHost }) => kind !== 'connect' || connectHost !== undefined, {
    path: ['connectHost'],
    error: 'is missing: kind connect needs the address of the Connect server (or set vault.kind to serviceAccount)',
  })
  .refine(({ kind, connectHost }) => kind !== 'serviceAccount' || connectHost === undefined, {
    path: ['connectHost'],
    error: 'is not used by kind serviceAccount: remove it, or set vault.kind to connect',
  })
  .superRefine(({ item, ...one }, context) => {
    for (const key of ['itemId', 'itemTitle'] as const) {
      if ((one[key] === undefined) === (item !== undefined)) continue;
      const message =
        item === undefined
          ? 'is missing: name the one item of all clients by itemId and itemTitle, or an item for each by item'
          : 'is not used beside item, which names an item for each client: remove the one or the other';
      context.addIssue({ code: 'custom', path: [key], message });
    }
  });

export type OnePasswordSettings = z.output<typeof onePasswordSettings>;
