import { expect, it } from 'vitest';
import { substituted } from '../../../sandbox/flux/envsubst.ts';

const VALUES = { NAME: 'harbour', EMPTY: '', INNER: 'deep' };

// Each as `Eval` of github.com/fluxcd/pkg/envsubst answers it.
it.each([
  ['a ${NAME} b', 'a harbour b'],
  ['$NAME and $ stay', '$NAME and $ stay'],
  ['$${NAME} is escaped', '${NAME} is escaped'],
  ['$$$${NAME}', '$${NAME}'],
  ['${EMPTY}|', '|'],
  ['${EMPTY:-word}', 'word'],
  ['${GONE:=word}', 'word'],
  ['${GONE=}', ''],
  ['${GONE:-${INNER}s}', 'deeps'],
  ['${NAME^^} ${NAME^} ${#NAME}', 'HARBOUR Harbour 7'],
  ['${NAME:0:3} ${NAME:4}', 'har our'],
])('%s becomes %s', (text, wanted) => {
  expect(substituted(text, VALUES)).toBe(wanted);
});

it.each([
  ['${GONE}', 'variable not set (strict mode): "GONE"'],
  ['${GONE^^}', 'variable not set (strict mode): "GONE"'],
  ['${-x}', 'unable to parse variable name'],
  ['${NAME-x}', 'missing closing brace'],
  ['${NAME', 'missing closing brace'],
])('%s is an error', (text, message) => {
  expect(() => substituted(text, VALUES)).toThrow(message);
});
