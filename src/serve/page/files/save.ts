// Hands a file that was made here to the browser's downloads.

/** Long enough for any browser to have taken it over. */
const KEEP_MS = 60_000;

export function saveFile(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, KEEP_MS);
}

/** A name that every file system takes. */
export function fileName(parts: readonly string[], ending: string): string {
  const base = parts.map((part) => part.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[-.]+/, '')).join('-');
  return `${base.slice(0, 100)}.${ending}`;
}
