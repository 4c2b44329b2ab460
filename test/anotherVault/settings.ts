import { z } from 'zod';

/** A vault of paths, as HashiCorp Vault and OpenBao have them: a secret each below one path of one mount. */
export const pathSettings = z.strictObject({
  kind: z.literal('paths'),
  mount: z.string().regex(/^[a-z]+$/),
  folder: z.string().regex(/^[a-z]+$/),
});

export type PathSettings = z.output<typeof pathSettings>;
