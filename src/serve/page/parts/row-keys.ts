// The rows of a table as one stop of the tabulator: a table of hundreds must not lie between a reader and what comes after it.

/** Rows of the arrow keys with Page Up and Page Down. */
const PAGE = 20;

/** Each row has one button, and one of them all has the tabindex 0. */
export function walkRows(body: HTMLElement): void {
  body.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const buttons = [...body.querySelectorAll('button')];
    const at = buttons.findIndex((button) => button === event.target);
    const to = targetOf(event.key, at, buttons.length - 1);
    const button = to === undefined ? undefined : buttons[to];
    if (at < 0 || button === undefined) return;
    event.preventDefault();
    buttons[at]!.tabIndex = -1;
    button.tabIndex = 0;
    button.focus();
  });
}

function targetOf(key: string, at: number, last: number): number | undefined {
  const targets: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + PAGE,
    PageUp: at - PAGE,
    Home: 0,
    End: last,
  };
  const to = targets[key];
  return to === undefined ? undefined : Math.max(0, Math.min(last, to));
}
