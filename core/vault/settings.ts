import type { z } from 'zod';
import { onePasswordSettings } from './onepassword/settings.ts';

/** `vault` of registrar.yaml: a second vault makes it a union, told apart by `kind`. */
export const vaultSettings = onePasswordSettings;

export type VaultSettings = z.output<typeof vaultSettings>;
