// gospy's tag templates: one or three quoted strings between double braces.

export interface QuotedTag {
  readonly metaKey: string;
  readonly pattern: string | undefined;
  readonly replacement: string;
}

/**
 * Reads `{{ "meta key" }}` or `{{ "meta key" "regex" "replacement" }}`; undefined where the text has another form.
 * Inside the quotes a backslash makes the next character literal, whichever it is (so `\.` is a plain dot, as in gospy).
 */
export function readQuotedTag(template: string): QuotedTag | undefined {
  const body = /^\{\{([\s\S]*)\}\}$/.exec(template.trim())?.[1];
  if (body === undefined) return undefined;
  const parts: string[] = [];
  const quoted = /\s*"((?:[^"\\]|\\[\s\S])*)"\s*/y;
  while (quoted.lastIndex < body.length) {
    const part = quoted.exec(body)?.[1];
    if (part === undefined) return undefined;
    parts.push(part.replace(/\\([\s\S])/g, '$1'));
  }
  const [metaKey, pattern, replacement] = parts;
  if (metaKey === undefined || (parts.length !== 1 && parts.length !== 3)) return undefined;
  return { metaKey, pattern, replacement: replacement ?? '' };
}
