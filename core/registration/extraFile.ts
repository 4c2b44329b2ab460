import { z } from 'zod';
import { fillPlaceholders } from './placeholders.ts';
import { brokenPath, fileText, repositoryPath } from './schemaParts.ts';

/** Whoever may push to a repository may run what its pipelines say; the author of a registration need not be allowed that. */
export const NO_PIPELINE =
  /^(?!\.(github|gitlab|gitea|forgejo|circleci|woodpecker|buildkite|tekton)\/)(?!\.(gitlab-ci|drone|travis|woodpecker|cirrus)\.ya?ml$)(?!(azure-pipelines|bitbucket-pipelines|\.?appveyor)\.ya?ml$)(?!(.*\/)?Jenkinsfile$)/i;

/** A text file that a repository's own rules demand of a change, such as a changelog fragment. */
export const extraFile = z.strictObject({
  path: repositoryPath
    .regex(
      NO_PIPELINE,
      'must not be what a CI system runs: whoever may write a registration may not thereby run a program',
    )
    .describe('<<client>> is replaced'),
  text: fileText
    .min(1)
    .describe('<<client>>, <<displayName>>, <<clientId>> and <<issuer>> are replaced. No secret: the file goes to Git'),
});

/** What a path must not become once its placeholders are filled: `.<<client>>/workflows/a.yml` of client github is a pipeline. */
export function brokenFilePath(written: string, client: string): string | undefined {
  const path = fillPlaceholders(written, { client });
  if (!NO_PIPELINE.test(path)) return `"${path}" must not be what a CI system runs`;
  return brokenPath(path);
}

export const FILE_PLACEHOLDERS = ['client', 'displayName', 'clientId', 'issuer'];

export const PATH_PLACEHOLDERS = ['client'];
