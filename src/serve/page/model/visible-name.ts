// Names as they are shown: what could not be seen, or would turn the text around it, is seen as a sign.

/** Controls and line ends; marks that turn text around or have no width. Joiners stay: scripts and emoji need them. */
const UNSEEN =
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

export function visibleName(name: string): string {
  return name === '' ? '(no name)' : visibleText(name);
}

/** The same of what may be empty. */
export function visibleText(text: string): string {
  return text.replace(UNSEEN, (unseen) => {
    const code = unseen.charCodeAt(0).toString(16).toUpperCase();
    return `‹${code.padStart(4, '0')}›`;
  });
}
