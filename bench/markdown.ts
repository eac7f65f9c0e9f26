// Tables in Markdown, and figures as they stand in them.
import { median } from './median.ts';

export function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Three digits that count; `-` where there is no figure. */
export function digits(value: number): string {
  if (Number.isNaN(value)) return '-';
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 || value === 0 ? 1 : 2);
}

/** Median (least..most). */
export function range(values: readonly number[]): string {
  return `${digits(median(values))} (${digits(Math.min(...values))}..${digits(Math.max(...values))})`;
}
