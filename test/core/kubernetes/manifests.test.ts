import { describe, expect, it } from 'vitest';
import { readResource } from '../../../core/kubernetes/manifests.ts';

const text = `# two objects
kind: Service
metadata: {name: a}
---
---
kind: Deployment
metadata:
  name: a
  namespace: sso
spec: {replicas: 1}
---
- a list
---
just text
`;

describe('readResource', () => {
  it('gives the object of that kind and name', () => {
    expect(readResource(text, 'Deployment', 'a')).toEqual({
      kind: 'Deployment',
      metadata: { name: 'a', namespace: 'sso' },
      spec: { replicas: 1 },
    });
  });

  it.each([
    ['Deployment', 'b'],
    ['ConfigMap', 'a'],
  ])('gives nothing where there is no %s %s', (kind, name) => {
    expect(readResource(text, kind, name)).toBeUndefined();
  });

  it('gives nothing where there is no text, or none that can be read', () => {
    expect(readResource('', 'Service', 'a')).toBeUndefined();
    expect(readResource('kind: Service\nmetadata: *none\n', 'Service', 'a')).toBeUndefined();
    expect(readResource('kind: Service\nmetadata: {name: a}\nspec: [\n', 'Service', 'a')).toBeUndefined();
  });
});
