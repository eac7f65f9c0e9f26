// Light, dark, or as the system is. The choice is kept for this browser.

const KEY = 'spybridge.theme';
const THEMES = ['auto', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];
const ICONS: Readonly<Record<Theme, string>> = { auto: '◐', light: '☀', dark: '☾' };

/** What is painted, not styled, is painted anew on this event. */
export const THEME_EVENT = 'spybridge-theme';

export function startTheme(button: HTMLButtonElement): void {
  const stored = localStorage.getItem(KEY);
  let theme: Theme = THEMES.find((known) => known === stored) ?? 'auto';
  const apply = (): void => {
    if (theme === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    button.textContent = ICONS[theme];
    button.setAttribute('aria-label', `Colours: ${theme}`);
    button.title = `Colours: ${theme === 'auto' ? 'as the system' : theme}`;
    dispatchEvent(new Event(THEME_EVENT));
  };
  button.addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
    localStorage.setItem(KEY, theme);
    apply();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    dispatchEvent(new Event(THEME_EVENT));
  });
  apply();
}
