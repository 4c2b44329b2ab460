import { describe, expect, it } from 'vitest';
import { readTemplate, templateFor } from '../../../../core/kubernetes/externalSecret/templateText.ts';

describe('readTemplate', () => {
  it.each([
    ['{{ .A }}', 'A'],
    ['{{.A}}', 'A'],
    ['{{- .A -}}', 'A'],
    ['\n {{- .A -}} \n', 'A'],
    ['{{ $.A }}', 'A'],
    ['{{ (.A) }}', 'A'],
    ['{{ index . "a-b" }}', 'a-b'],
    ['{{ index $ `a.b` }}', 'a.b'],
    ['{{ .A | toString }}', 'A'],
  ])('%j is a value alone', (text, name) => {
    expect(readTemplate(text, 'v2')).toEqual({ verbatim: name, uses: [name], usesAll: false });
  });

  it.each([
    ['postgres://{{ .USER }}:{{ .PASS }}@db', ['USER', 'PASS'], false],
    ['{{ .A }}\n', ['A'], false],
    ['{{ .A.b }}', ['A'], false],
    ['{{ .A | b64dec }}', ['A'], false],
    ['{{ printf "%s .C" .A }}', ['A'], false],
    ['{{ if eq .A "}}" }}x{{ end }}', ['A'], false],
    ['{{ index . "a" "b" }}', ['a'], false],
    ['{{ get . "A" }}', [], true],
    ['{{ . | toJson }}', [], true],
    ['{{ toYaml $ }}', [], true],
    ['{{ range $k, $v := . }}{{ $k }}={{ $v }}\n{{ end }}', [], true],
    ['{{ with .A }}{{ . }}{{ end }}', ['A'], true],
    ['{{/* .A */}}x', [], false],
    ['plain .A', [], false],
  ])('%j is more', (text, uses, usesAll) => {
    expect(readTemplate(text, 'v2')).toEqual({ verbatim: undefined, uses, usesAll });
  });
});

describe('templateFor', () => {
  it.each([
    ['WIKI', 'v2', '{{ .A }}', '{{ .WIKI }}'],
    ['WIKI', 'v2', '{{.A}}', '{{.WIKI}}'],
    ['WIKI', 'v2', '{{- .A -}}', '{{- .WIKI -}}'],
    ['WIKI', 'v2', 'https://x', '{{ .WIKI }}'],
    ['wiki-secret', 'v2', '{{ .A }}', '{{ index . "wiki-secret" }}'],
    ['0wiki', 'v2', '{{.A}}', '{{index . "0wiki"}}'],
    ['wiki', 'v1', '{{ .A | toString }}', '{{ .wiki | toString }}'],
  ] as const)('%s for %s like %j', (name, engine, like, line) => {
    expect(templateFor(name, engine, like)).toBe(line);
    expect(readTemplate(line, engine).verbatim).toBe(name);
  });
});
