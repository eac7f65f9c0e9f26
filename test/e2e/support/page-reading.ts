// What a page is like for those who do not see it, or not well: names as Chromium gives them to screen readers, and contrast.
import type { Page } from 'playwright-core';

const CONTROLS = new Set([
  ...['button', 'combobox', 'textbox', 'searchbox', 'slider', 'link', 'tree', 'spinbutton', 'dialog'],
  ...['DisclosureTriangle', 'columnheader', 'rowheader', 'region', 'heading'],
]);

/** `role "name"` of what has to have a name. */
export async function namesOf(page: Page): Promise<readonly { role: string; name: string }[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  await session.detach();
  return nodes
    .filter(({ ignored }) => !ignored)
    .map(({ role, name }) => ({ role: String(role?.value), name: String(name?.value ?? '').trim() }))
    .filter(({ role }) => CONTROLS.has(role));
}

/** Text whose contrast with what is behind it is under that of WCAG's AA, 4.5. */
export async function paleTexts(page: Page): Promise<readonly string[]> {
  return page.evaluate<string[]>(`(() => {
    const parse = (text) => {
      const [red, green, blue, alpha = 1] = text.match(/[\\d.]+/g).map(Number);
      return { red, green, blue, alpha };
    };
    const light = ({ red, green, blue }) => {
      const [r, g, b] = [red, green, blue].map((part) =>
        part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const color = parse(getComputedStyle(at).backgroundColor);
        if (color.alpha === 1) return color;
      }
      return { red: 255, green: 255, blue: 255 };
    };
    const pale = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      const isShown = element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
      if (node.textContent.trim() === '' || !isShown || element.closest(':disabled')) continue;
      const style = getComputedStyle(element);
      const text = element instanceof SVGElement ? style.fill : style.color;
      const [a, b] = [light(parse(text)), light(behind(element))].sort((x, y) => y - x);
      const contrast = (a + 0.05) / (b + 0.05);
      if (contrast < 4.5) pale.add(contrast.toFixed(2) + ' ' + node.textContent.trim().slice(0, 40));
    }
    return [...pale];
  })()`);
}
