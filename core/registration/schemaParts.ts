import { z } from 'zod';

/** Pieces that several schemas share. */

/** One line of text that can stand in YAML, in Markdown and in a commit message. */
export const oneLine = z.string().regex(
  // Authentik trims names, so what it reads back would differ.
  /^(?!\s)[^\p{Cc}\p{Cs}\u2028\u2029\ufffe\uffff]{1,200}(?<!\s)$/u,
  'must be one line of 1 to 200 characters, without control characters or blanks at its ends',
);

/** `localhost:9000` is a URL too, of the scheme "localhost". */
export const httpUrl = z.url({ protocol: /^https?$/, error: 'must be a URL that begins with http:// or https://' });

/** How a record's name ends: nothing that a person writes, and nothing that kustomize, Argo CD or Ansible reads. */
export const RECORD_SUFFIX = '.oidc-record';

export const repositoryPath = z
  .string()
  .regex(/^(?!\/)(?!.*(^|\/)\.{1,2}(\/|$))(?!\.git(\/|$))[^\p{Cc}\\]+$/u, {
    error: 'must be a path inside the repository, with "/" and without ".."',
    abort: true,
  })
  .regex(/^(?!.*\.oidc-record$)/i, 'must not be a record of the job: it alone writes files that end with .oidc-record')
  .max(1_000);

/** A path that Git would refuse at the commit, when other things are done already, is refused where it is written. */
export const filePath = repositoryPath.superRefine((path, context) => {
  const message = brokenPath(path);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

/** A client id is written into templates of any format and into Basic authentication, which decodes percent signs. */
export const CLIENT_ID = /^[\x21#$&(-;=?-[\]-_a-z|~]{1,255}$/;

/** How an object of Flux is named in settings and registrations: alone, or after its namespace. */
export const FLUX_NAME = /^([a-z0-9][a-z0-9-]{0,62}\/)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

/** Name of an environment variable that a manifest can set and a blueprint's `!Env` can name. */
export const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The title of a vault item: it stands in references, which take no other characters. */
export const ITEM_TITLE = /^[A-Za-z0-9._-]([A-Za-z0-9._ -]*[A-Za-z0-9._-])?$/;

/** Key of a Kubernetes Secret. */
export const SECRET_KEY = /^[A-Za-z0-9._-]{1,253}$/;

/** Key of the blueprints' ConfigMap: Authentik reads no file that ends otherwise. */
export const SECTION_KEY = /^[A-Za-z0-9._-]{1,248}\.yaml$/;

/** Entries of a list in a registration: more than any client asks for, few enough to be read. */
export const MANY = 100;

/**
 * A text that a file can hold: read back it is the same, which half a character is not, and Git does not take it for binary. How long
 * all texts together may be says `fits.ts`.
 */
export const fileText = z
  .string()
  .regex(/^[^\0\p{Cs}]*$/u, 'must be text that a file can hold, without NUL and half characters');

/** Git would refuse it at the commit, when other things are done already. Says why; undefined where it is the path of a file. */
export function brokenPath(path: string): string | undefined {
  const parts = path.split('/');
  if (parts.includes('')) return `"${path}" must name a file, without "//" and without "/" at its end`;
  if (path.toLowerCase().endsWith(RECORD_SUFFIX)) return `"${path}" must not be a record of the job`;
  return parts.some((part) => part.toLowerCase() === '.git') ? `"${path}" must not lead into .git` : undefined;
}

/** How a rotation proves that a service works with the secret that it was given. */
export const probe = z
  .union([
    z.strictObject({
      url: httpUrl,
      status: z.int().min(100).max(599).default(200).describe('What it answers while the service is well'),
    }),
    z.strictObject({ command: z.string().min(1).describe('Name of a command under probes in registrar.yaml') }),
  ])
  .optional()
  .describe('Proves that the service works with the secret that it was given');
