/** Keys whose value may be a secret, up to the value. */
const KEY = String.raw`(?:client[_-]?secret|(?<![a-z])secret|password|passwd|token|(?:api|private|access|secret)[_-]key)["']?[ \t]*`;

/** A value beside its key. What begins as a tag or an expression is looked at by the rules that follow. */
const VALUE = new RegExp(
  String.raw`(${KEY}[:=][ \t]*)(?!["']?(?:!|\{\{)|(?:true|false|null)(?=[\s,}]|$))("[^"]*"|'[^']*'|[^\s,}]+)`,
  'gi',
);
/** A secret on the lines below its key, alone or as a block scalar; `…` where the rule above took the block's header for it. */
const BELOW = new RegExp(
  String.raw`(${KEY}:[ \t]*(?:(?:[|>][-+0-9]*|…)[ \t]*)?\n[-+]?[ \t]+(?![ \t]))(?!["']?(?:!|\{\{|-[ \t])|#)(?![^\n]*:(?:[ \t]|\n|$))[^\s…][^\n]*`,
  'gi',
);
/** What Authentik takes where it has no such variable, file or entry of the context. */
const DEFAULT = /(!(?:Env|File|Context)[ \t]*\[[^,\]]{0,200},)(?![ \t]*…)[^\]]{1,2000}(\])/g;
/** A tag that makes a text of others, which may be the secret itself. */
const MADE = new RegExp(
  String.raw`(${KEY}[:=][ \t]*!(?!(?:Env|File|Context|KeyOf|Find)\b)\w+)[ \t]+(?!…)(?:\[[^]{0,2000}?\](?=[ \t]*(?:\n|$))|[^\n]+)`,
  'gi',
);
/** The arguments of a tag, one a line. */
const LISTED = new RegExp(String.raw`(${KEY}:[ \t]*!\w+)((?:\n[-+]?[ \t]+- [^\n]*){1,50})`, 'gi');
const TEMPLATE = new RegExp(String.raw`(${KEY}[:=][ \t]*["']?)(\{\{[^\n]*)`, 'gi');
/** A line with a key alone, up to its value, with what is before the key. */
const LINE = String.raw`^([-+]?[ \t]*(?:-[ \t]+)?)["']?[\w.-]*?${KEY}:[ \t]*`;
const BARE = new RegExp(`${LINE}$`, 'i');
/** One whose value is hidden, or stands below as a block scalar. */
const HIDDEN = new RegExp(String.raw`${LINE}(?:…|[|>][-+0-9]*)[ \t]*$`, 'i');
/** What a blueprint has for `!Context`, whatever it is called. */
const CONTEXT = /((?:^|\n)[-+]?([ \t]*)context:[ \t]*)((?:\n[-+]?\2[ \t]+[^\n]*){1,100})/g;

/**
 * A text with `…` where a secret may stand in clear: people's tags, expressions and truth values are shown there, and nothing
 * else. Nor are texts shown that these hold.
 */
export function withoutSecrets(text: string): string {
  return withoutBlocks(text.replaceAll(VALUE, '$1…').replaceAll(BELOW, '$1…'))
    .replaceAll(MADE, '$1 …')
    .replaceAll(
      LISTED,
      (_, key: string, lines: string) => key + lines.replaceAll(/(\n[-+]?[ \t]+- )(?!…)[^\n]+/g, '$1…'),
    )
    .replaceAll(DEFAULT, '$1 …$2')
    .replaceAll(TEMPLATE, (_, key: string, line: string) => key + withoutLiterals(line))
    .replaceAll(
      CONTEXT,
      (_, key: string, _indent, lines: string) => key + lines.replaceAll(/((?:: |- ))(?!…)[^\n]+/g, '$1…'),
    );
}

/** A text whose first line is hidden, without the lines that go on with it: those are indented deeper than its key. */
function withoutBlocks(text: string): string {
  let key: number | undefined;
  let above: number | undefined;
  const lines = text.split('\n').map((line) => {
    const [lead = ''] = /^[-+]?[ \t]*/.exec(line) ?? [];
    if (key !== undefined && (line.trim() === '' || lead.length > key))
      return line.trim() === '' || line.endsWith('…') ? line : `${lead}…`;
    const isBelow = above !== undefined && /^[-+]?[ \t]*…$/.test(line);
    key = isBelow ? above : HIDDEN.exec(line)?.[1]?.length;
    above = BARE.exec(line)?.[1]?.length;
    return line;
  });
  return lines.join('\n');
}

/** Expressions of Go's templates or Jinja without the texts in them, but for names of keys, and without what stands beside them. */
function withoutLiterals(line: string): string {
  return line
    .replaceAll(/\{\{[^{}\n]*\}\}/g, (expression) =>
      expression.replaceAll(
        /(index[ \t]+[.$][ \t]+|\[)?("[^"\n]*"|'[^'\n]*'|`[^`\n]*`)/g,
        (all: string, isKey: string | undefined) => (isKey === undefined ? '…' : all),
      ),
    )
    .replaceAll(/\}\}[^\s"'{},…]+/g, '}}…');
}
