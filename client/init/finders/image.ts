/** Authentik's image, and what people call theirs that is made of it. */
export const IMAGE = /goauthentik\/(?:server|dev-server)|\/authentik(-server)?([:@]|$)/;

/** What a container says of itself. */
interface Looks {
  /** Of the container, and of what it stands in. */
  readonly names: readonly string[];
  readonly image: string;
  /** The words of its command and its arguments. */
  readonly said: readonly string[];
}

/** How much a container with an image looks like Authentik's worker, 0 the most; undefined where it does not. */
export function looksLikeWorker({ names, image, said }: Looks): number | undefined {
  if (!IMAGE.test(image) || said.includes('server')) return undefined;
  if (said.includes('worker')) return 0;
  return names.some((name) => name.includes('worker')) ? 1 : 2;
}
