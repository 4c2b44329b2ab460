import { onePasswordProvider, onePasswordSdkProvider } from './onepassword.ts';
import type { OpenProvider } from './provider.ts';

/** By their names in the `spec.provider` of a store. */
export const PROVIDERS: Readonly<Record<string, OpenProvider>> = {
  onepassword: onePasswordProvider,
  onepasswordSDK: onePasswordSdkProvider,
};
