import { expect, test } from 'vitest';
import { comparisonErrorOf } from '../../integrations/argocd/comparisonError.ts';

const LOAD = 'Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = ';
const BUILD = '`kustomize build /tmp/_argocd-repo/2cf8/apps/authentik` failed exit status 1: ';

test.each([
  [`${LOAD}Unknown desc = ${BUILD}Error: map[string]interface {}(nil): yaml: line 61: mapping key "a" already defined`],
  [
    `${LOAD}Unknown desc = Manifest generation error (cached): ${BUILD}Error: accumulating resources: lstat /tmp/_argocd-repo/2cf8/x.yaml: no such file or directory`,
  ],
  [`${LOAD}Unknown desc = Manifest generation error (cached): apps/authentik: app path does not exist`],
  [
    `${LOAD}FailedPrecondition desc = Failed to unmarshal "map.yaml": failed to unmarshal manifest: error converting YAML to JSON: yaml: line 3: did not find expected node content`,
  ],
  [
    `${LOAD}Unknown desc = \`helm template . --name-template x\` failed exit status 1: Error: execution error at (values.yaml:1:2)`,
  ],
])('only another revision mends %s', (message) => {
  expect(
    comparisonErrorOf([
      { type: 'SyncError', message: 'x' },
      { type: 'ComparisonError', message },
    ]),
  ).toEqual({
    message,
    ofManifests: true,
  });
});

test.each([
  [`${LOAD}Unavailable desc = error reading from server: EOF`],
  [`${LOAD}DeadlineExceeded desc = context deadline exceeded`],
  [`${LOAD}Unknown desc = failed to list refs: dial tcp: lookup git.example on 10.0.0.10:53: server misbehaving`],
  [`${LOAD}Unknown desc = authentication required: Repository not found.`],
  [`${LOAD}Unknown desc = unable to resolve 'main' to a commit SHA`],
  [
    `${LOAD}Unknown desc = ${BUILD}Error: accumulating resources from 'https://git.example/base': hit 27s timeout running git fetch`,
  ],
  [
    `${LOAD}Unknown desc = Manifest generation error (cached): ${BUILD}Error: accumulating resources: Get "https://git.example/crd.yaml": dial tcp 10.1.1.1:443: connect: connection refused`,
  ],
  [`${LOAD}Unknown desc = \`helm dependency build\` failed exit status 1: Error: no cached repository`],
  [`${LOAD}Unknown desc = \`kustomize build /tmp/x\` failed timeout after 1m30s`],
  [
    `${LOAD}Internal desc = failed to checkout FETCH_HEAD: \`git checkout --force\` failed exit status 128: fatal: Unable to create index.lock`,
  ],
  [
    'Failed to load live state: failed to get cluster info for "https://edge": the server is currently unable to handle the request',
  ],
  [''],
])('waiting may mend %s', (message) => {
  expect(comparisonErrorOf([{ type: 'ComparisonError', message }])?.ofManifests).toBe(false);
});

test('other conditions are none', () => {
  expect(comparisonErrorOf([{ type: 'OrphanedResourceWarning', message: 'app path does not exist' }])).toBeUndefined();
});
